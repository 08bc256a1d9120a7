"""A key of Mastodon: the app is registered at the instance, then OAuth 2 with PKCE.

https://docs.joinmastodon.org/methods/apps/, https://docs.joinmastodon.org/methods/oauth/
"""

from typing import Any

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from chinwag.cli.keymaker.calls import call, fields
from chinwag.cli.keymaker.loopback import Loopback
from chinwag.cli.keymaker.walk import Window, come_back
from chinwag.core.errors import UsageError
from chinwag.networks.mastodon.settings import check_url
from chinwag.transport.http import Http, Request

SCOPES = "read:accounts read:notifications read:statuses write:statuses write:media"
TYPED = "urn:ietf:wg:oauth:2.0:oob"
SECRETS = ("token", "client_id", "client_secret")
NAME = "Chinwag"


async def make(
    window: Window, given: dict[str, Any], port: int, apps: dict[str, dict[str, str]], *, pin: bool
) -> tuple[dict[str, Any], str]:
    """Make a key.

    Args:
        window: where somebody sits.
        given: what is known of the account.
        port: where the browser comes back to.
        apps: what was registered during this call of the command, by instance.
        pin: whether a code is typed.

    Returns:
        What goes into the key, and who the account is.

    Raises:
        Skipped, ChinwagError: there is none.
    """
    url = str(given.get("url") or "").rstrip("/")
    if not url:
        raise UsageError("which instance? Give --url https://mastodon.example, or url in the file")
    check_url(url, allow_http=bool(given.get("allow_http")))
    http = Http(str(given.get("certificate") or ""))
    try:
        state, verifier = generate_token(32), generate_token(64)
        async with Loopback(port, state) as loopback:
            back = TYPED if pin else loopback.url
            app = apps[url] if url in apps else await _register(http, url, loopback.url)
            apps[url] = app
            challenge = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
            consent = prepare_grant_uri(
                f"{url}/oauth/authorize",
                app["client_id"],
                "code",
                redirect_uri=back,
                scope=SCOPES,
                state=state,
                force_login="true",
                **challenge,
            )
            if pin:
                window.show(consent)
                code = await window.ask("Open it, agree, and type the code that is shown; n skips:")
            else:
                code = (await come_back(window, loopback, consent, state)).get("code", "")
        token = await _token(http, url, app, {"code": code, "redirect_uri": back, "code_verifier": verifier})
        return {"url": url, "token": token, **app}, await _name(http, url, token)
    finally:
        await http.close()


async def revoke(key: dict[str, Any]) -> None:
    """Have a key forgotten by its instance.

    Args:
        key: with the app that it belongs to.

    Raises:
        ChinwagError: if the instance does not.
    """
    if not key.get("client_id"):
        raise UsageError("this key was not made by `chinwag auth`: revoke it in the preferences of the account")
    form = [(name, str(key.get(name, ""))) for name in SECRETS]
    http = Http(str(key.get("certificate") or ""))
    try:
        url = str(key["url"]).rstrip("/")
        await call(http, f"{url} does not revoke the key", Request("POST", f"{url}/oauth/revoke", form=form))
    finally:
        await http.close()


async def _register(http: Http, url: str, back: str) -> dict[str, str]:
    what = f"{url} does not register the app"
    form = [("client_name", NAME), ("redirect_uris", f"{back}\n{TYPED}"), ("scopes", SCOPES)]
    answer = await call(http, what, Request("POST", f"{url}/api/v1/apps", form=form))
    found = fields(what, answer, "client_id", "client_secret")
    return {"client_id": found["client_id"], "client_secret": found["client_secret"]}


async def _token(http: Http, url: str, app: dict[str, str], grant: dict[str, str]) -> str:
    what = f"{url} gives no key"
    form = [("grant_type", "authorization_code"), ("scope", SCOPES), *app.items(), *grant.items()]
    answer = await call(http, what, Request("POST", f"{url}/oauth/token", form=form))
    return str(fields(what, answer, "access_token")["access_token"])


async def _name(http: Http, url: str, token: str) -> str:
    what = f"{url} does not say whose key it is"
    headers = {"Authorization": f"Bearer {token}"}
    answer = await call(http, what, Request("GET", f"{url}/api/v1/accounts/verify_credentials", headers))
    return f"@{fields(what, answer, 'acct')['acct']} at {url}"
