"""A key of X: OAuth 1.0a with a PIN or a way back (RFC 5849), or OAuth 2 with PKCE (RFC 7636).

Which of them the app's own keys decide. https://docs.x.com/resources/fundamentals/authentication
"""

import base64
import time
from typing import Any
from urllib.parse import parse_qsl

from authlib.common.security import generate_token
from authlib.oauth1 import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from chinwag.cli.keymaker.calls import call, fields
from chinwag.cli.keymaker.loopback import Loopback
from chinwag.cli.keymaker.walk import Window, come_back
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.networks.x.settings import X
from chinwag.transport.http import Http, Request

CONSENT = "https://x.com/i/oauth2/authorize"
SCOPES = "tweet.read tweet.write users.read dm.read dm.write media.write offline.access"
TYPED = "oob"
FIRST = ("consumer_key", "consumer_secret")
SECRETS = ("token", "token_secret", "access_token", "refresh_token", "expires_at")


async def make(
    window: Window, given: dict[str, Any], port: int, apps: dict[str, dict[str, str]], *, pin: bool
) -> tuple[dict[str, Any], str]:
    """Make a key; see ``mastodon.make``."""
    del apps  # X has no way to register one
    http = Http()
    try:
        if all(given.get(name) for name in FIRST):
            return await _first(http, window, given, port, pin=pin)
        if given.get("client_id"):
            if pin:
                raise UsageError("X shows no code for OAuth 2: leave --pin out; the browser's address can be pasted")
            return await _second(http, window, given, port)
    finally:
        await http.close()
    raise UsageError(
        "X needs the app's own keys, from its developer portal: set X_CLIENT_ID (and X_CLIENT_SECRET) for OAuth 2, or "
        "X_CONSUMER_KEY and X_CONSUMER_SECRET for OAuth 1.0a"
    )


async def revoke(key: dict[str, Any]) -> None:
    """Have a key forgotten by X; see ``mastodon.revoke``."""
    base, http = _base(key), Http()
    what = "X does not revoke the key"
    try:
        if key.get("token"):
            url = f"{base}/1.1/oauth/invalidate_token"
            first, second, token, secret = (str(key.get(name, "")) for name in (*FIRST, "token", "token_secret"))
            auth = ClientAuth(first, second, token, secret)
            await call(http, what, Request("POST", url, _signed(auth, url)))
            return
        for name in ("refresh_token", "access_token"):
            form = [("token", str(key.get(name, ""))), ("token_type_hint", name), ("client_id", str(key["client_id"]))]
            await call(http, what, Request("POST", f"{base}/2/oauth2/revoke", _basic(key), form=form))
    finally:
        await http.close()


async def _first(
    http: Http, window: Window, given: dict[str, Any], port: int, *, pin: bool
) -> tuple[dict[str, Any], str]:
    """OAuth 1.0a: a token to ask with, consent, a token to keep."""
    base, (consumer, hidden) = _base(given), (str(given[name]) for name in FIRST)
    what = "X gives no token to ask with"
    async with Loopback(port, "", "oauth_token") as loopback:
        url = f"{base}/oauth/request_token"
        auth = ClientAuth(consumer, hidden, redirect_uri=TYPED if pin else loopback.url)
        asking = _pairs(what, (await call(http, what, Request("POST", url, _signed(auth, url)))).body)
        loopback.expect(asking["oauth_token"])
        consent = f"{base}/oauth/authorize?oauth_token={asking['oauth_token']}"
        if pin:
            window.show(consent)
            verifier = await window.ask("Open it, agree, and type the number that is shown; n skips:")
        else:
            found = await come_back(window, loopback, consent, asking["oauth_token"], "oauth_token")
            verifier = found.get("oauth_verifier", "")
    what, url = "X gives no key", f"{base}/oauth/access_token"
    auth = ClientAuth(consumer, hidden, asking["oauth_token"], asking["oauth_token_secret"], verifier=verifier)
    kept = _pairs(what, (await call(http, what, Request("POST", url, _signed(auth, url)))).body)
    key = {"consumer_key": consumer, "consumer_secret": hidden, "token": kept["oauth_token"]}
    return {**key, "token_secret": kept["oauth_token_secret"]}, f"@{kept.get('screen_name', '?')} on X"


async def _second(http: Http, window: Window, given: dict[str, Any], port: int) -> tuple[dict[str, Any], str]:
    """OAuth 2: consent, a code, a token with the one that renews it."""
    base, client = _base(given), str(given["client_id"])
    state, verifier = generate_token(32), generate_token(64)
    async with Loopback(port, state) as loopback:
        back = loopback.url
        consent = prepare_grant_uri(
            CONSENT if base == X else f"{base}/i/oauth2/authorize",
            client,
            "code",
            redirect_uri=back,
            scope=SCOPES,
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        code = (await come_back(window, loopback, consent, state)).get("code", "")
    what = "X gives no key"
    form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back)]
    form += [("code_verifier", verifier), ("client_id", client)]
    answer = await call(http, what, Request("POST", f"{base}/2/oauth2/token", _basic(given), form=form))
    found = fields(what, answer, "access_token", "refresh_token")
    ends = found.get("expires_in")
    key: dict[str, Any] = {"client_id": client, "access_token": found["access_token"]}
    key |= {"client_secret": given["client_secret"]} if given.get("client_secret") else {}
    key |= {"refresh_token": found["refresh_token"], "expires_at": time.time() + float(ends or 7200)}
    return key, "the account that agreed, on X"


def _base(given: dict[str, Any]) -> str:
    base = str(given.get("server") or X).rstrip("/")
    if not base.startswith("https://") and not given.get("allow_http"):
        raise UsageError("the server of X would be spoken to without encryption: set allow_http = true")
    return base


def _signed(auth: ClientAuth, url: str) -> dict[str, str]:
    _, headers, _ = auth.sign("POST", url, {}, b"")
    return {"Authorization": str(headers["Authorization"])}


def _basic(key: dict[str, Any]) -> dict[str, str]:
    if not key.get("client_secret"):
        return {}
    pair = base64.b64encode(f"{key['client_id']}:{key['client_secret']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def _pairs(what: str, body: bytes) -> dict[str, str]:
    found = dict(parse_qsl(body[:65_536].decode("utf-8", "replace")))
    if not (found.get("oauth_token") and found.get("oauth_token_secret")):
        msg = f"{what}: it answers with something else"
        raise ChinwagError(msg)
    return found
