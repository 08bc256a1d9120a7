"""The consent of OAuth 1.0a by oauthlib's server side, under X's paths: it checks every signature, token and verifier.

The browser's part is a GET of the link, which agrees at once; with a callback of ``oob`` it shows a number.
"""

# oauthlib's validator has properties where it wants to be overridden by plain attributes.
# pyright: reportAssignmentType=false

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from oauthlib.oauth1 import RequestValidator, WebApplicationServer

APP = {"consumer_key": "appkey", "consumer_secret": "appS3cret"}


class Consents(RequestValidator):  # type: ignore[misc]
    """One app; tokens are of one use."""

    enforce_ssl = False
    client_key_length = request_token_length = access_token_length = verifier_length = (3, 60)
    dummy_client = dummy_request_token = dummy_access_token = "dummy"  # noqa: S105 - compared with, so that time tells nothing

    def __init__(self) -> None:
        super().__init__()
        self.asking: dict[str, dict[str, Any]] = {}
        self.given: dict[str, str] = {}
        self.seen: set[str] = set()
        self.revoked: list[str] = []

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_timestamp_and_nonce(self, _: str, __: str, nonce: str, *___: Any, **____: Any) -> bool:
        fresh = nonce not in self.seen
        self.seen.add(nonce)
        return fresh

    def validate_client_key(self, client_key: str, _: Any) -> bool:
        return client_key == APP["consumer_key"]

    def get_client_secret(self, *_: Any) -> str:
        return APP["consumer_secret"]

    def validate_redirect_uri(self, _: str, uri: str, __: Any) -> bool:
        return uri == "oob" or uri.startswith("http://127.0.0.1:")

    def get_default_realms(self, *_: Any) -> list[str]:
        return []

    get_realms = get_default_realms

    def validate_requested_realms(self, *_: Any, **__: Any) -> bool:
        return True

    verify_realms = validate_realms = validate_requested_realms

    def save_request_token(self, token: dict[str, str], request: Any) -> None:
        self.asking[token["oauth_token"]] = {**token, "callback": request.redirect_uri, "verifier": ""}

    def verify_request_token(self, token: str, _: Any) -> bool:
        return token in self.asking

    def validate_request_token(self, _: str, token: str, __: Any) -> bool:
        return token in self.asking

    def get_request_token_secret(self, _: str, token: str, __: Any) -> str:
        return str(self.asking.get(token, {}).get("oauth_token_secret", "dummy"))

    def get_redirect_uri(self, token: str, _: Any) -> str:
        return str(self.asking[token]["callback"])

    def save_verifier(self, token: str, verifier: dict[str, str], _: Any) -> None:
        self.asking[token]["verifier"] = verifier["oauth_verifier"]

    def validate_verifier(self, _: str, token: str, verifier: str, __: Any) -> bool:
        return bool(verifier) and self.asking.get(token, {}).get("verifier") == verifier

    def save_access_token(self, token: dict[str, str], _: Any) -> None:
        self.given[token["oauth_token"]] = token["oauth_token_secret"]

    def invalidate_request_token(self, _: str, token: str, __: Any) -> None:
        del self.asking[token]

    def validate_access_token(self, _: str, token: str, __: Any) -> bool:
        return token in self.given

    def get_access_token_secret(self, _: str, token: str, __: Any) -> str:
        return self.given.get(token, "dummy")


class Handler(BaseHTTPRequestHandler):
    """The paths of X."""

    endpoint: WebApplicationServer
    consents: Consents

    def do_POST(self) -> None:
        url, path = f"http://{self.headers['Host']}{self.path}", urlsplit(self.path).path
        headers = {"Authorization": self.headers.get("Authorization", "")}
        if path == "/oauth/request_token":
            self.answer(*self.endpoint.create_request_token_response(url, "POST", None, headers))
        elif path == "/oauth/access_token":
            who = {"screen_name": "blake", "user_id": "1"}
            self.answer(*self.endpoint.create_access_token_response(url, "POST", None, headers, who))
        else:
            valid, request = self.endpoint.validate_protected_resource_request(url, "POST", None, headers, [])
            self.consents.revoked += [request.resource_owner_key] if valid else []
            self.answer({}, "{}", 200 if valid else 401)

    def do_GET(self) -> None:
        url = f"http://{self.headers['Host']}{self.path}"
        self.answer(*self.endpoint.create_authorization_response(url, "GET", None, {}, [], {"a": "b"}))

    def answer(self, headers: dict[str, str], body: str | None, status: int) -> None:
        data = (body or "").encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
        del format, args


class Server:
    """Serves while it is entered."""

    def __init__(self) -> None:
        self.consents = Consents()
        ours = {"endpoint": WebApplicationServer(self.consents), "consents": self.consents}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Ours", (Handler,), ours))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
