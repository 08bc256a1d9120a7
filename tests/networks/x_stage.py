"""X for tests: a small emulator of our own, as there is none that knows doubles, limits and renewals.

It lets in only who signs as oauthlib's server side wants it, or has a token of OAuth 2. Given prism, it has each call
checked there first against X's own OpenAPI document.
"""

# oauthlib's validator has properties where it wants to be overridden by plain attributes.
# pyright: reportAssignmentType=false

import asyncio
import json
from collections import deque
from typing import Any, Self

import aiohttp
from aiohttp import web
from oauthlib.oauth1 import RequestValidator, ResourceEndpoint

KEYS: dict[str, str] = {
    "consumer_key": "appkey",
    "consumer_secret": "appS3cret",
    "token": "mytoken",
    "token_secret": "myS3cret",
}
EPOCH, BEGIN = 1_288_834_974_657, 1_796_040_000_000
SECRETS = ("S3cret", "mytoken", "appkey", "access-", "refresh-")
ME = {"id": "1", "username": "blake", "name": "William"}
ANN = {"id": "42", "username": "Ann", "name": "Ann A."}
DUPLICATE = {
    "title": "Forbidden",
    "status": 403,
    "type": "about:blank",
    "detail": "You are not allowed to create a Tweet with duplicate content.",
}


class Validator(RequestValidator):  # type: ignore[misc]
    """Knows one app and one account; a nonce is good for one time."""

    enforce_ssl = False
    dummy_client = dummy_access_token = "dummy"  # noqa: S105 - compared with, so that time tells nothing
    client_key_length, access_token_length = (5, 50), (5, 50)

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def get_client_secret(self, *_: Any) -> str:
        return KEYS["consumer_secret"]

    def get_access_token_secret(self, *_: Any) -> str:
        return KEYS["token_secret"]

    def validate_client_key(self, client_key: str, *_: Any) -> bool:
        return client_key == KEYS["consumer_key"]

    def validate_access_token(self, _: str, token: str, *__: Any) -> bool:
        return token == KEYS["token"]

    def validate_realms(self, *_: Any, **__: Any) -> bool:
        return True

    def validate_timestamp_and_nonce(self, _: str, __: str, nonce: str, *___: Any, **____: Any) -> bool:
        fresh = nonce not in self.seen
        self.seen.add(nonce)
        return fresh

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)


class Emulator:
    """X, as far as a bot sees it.

    Attributes:
        posts: what was posted: id, text, and what it answers.
        directs: what was sent: to whom, and the text.
        faults: answers to the next calls of a method and path, which do nothing: status, body, headers.
        lose: how many of the next posts are done, and not answered.
        asked: every call: method and path with query.
        refused: what prism had to complain about.
    """

    def __init__(self, prism: str = "") -> None:
        self.url, self._prism = "", prism
        self.posts: list[tuple[str, str, str]] = []
        self.directs: list[tuple[str, str]] = []
        self.deleted: list[str] = []
        self.media: dict[str, Any] = {}
        self.mentions: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.faults: deque[tuple[str, int, Any, dict[str, str]]] = deque()
        self.lose = 0
        self.slow = 0.0
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.access, self.refresh, self.renewals = "access-0", "refresh-0", 0
        self.before_use: Any = None
        self._validator = Validator()
        self._endpoint = ResourceEndpoint(self._validator)
        self.clock = 1

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fault(self, call: str, status: int, body: Any = None, **headers: str) -> None:
        self.faults.append((call, status, body, {name.replace("_", "-"): value for name, value in headers.items()}))

    def new_id(self) -> str:
        """Ids tell the time: ``clock`` is in milliseconds from ``BEGIN``."""
        self.clock += 1
        return str((BEGIN - EPOCH + self.clock) << 22)

    def mention(self, text: str, author: str = "42", **more: Any) -> str:
        id_ = self.new_id()
        self.mentions.insert(0, {"id": id_, "text": text, "author_id": author, "edit_history_tweet_ids": [id_], **more})
        return id_

    def message(self, text: str, sender: str = "42", conversation: str = "1-42") -> str:
        id_ = self.new_id()
        event = {"id": id_, "event_type": "MessageCreate", "text": text, "sender_id": sender}
        self.messages.insert(0, {**event, "dm_conversation_id": conversation})
        return id_

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.posts]

    # -- serving ------------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path}"
        self.asked.append(f"{request.method} {request.path_qs}")
        body = await request.read()
        if request.path == "/2/oauth2/token":
            return self._renew(dict(await request.post()))
        if not self._lets_in(request):
            return web.json_response({"title": "Unauthorized", "detail": "Unauthorized", "status": 401}, status=401)
        if self._prism and (words := await self._complaint(request, body)):
            self.refused.append(f"{call}: {words}")
        if self.faults and self.faults[0][0] == call:
            _, status, answer, headers = self.faults.popleft()
            return web.json_response(answer, status=status, headers=headers)
        return await self._answer(request, json.loads(body) if body else {})

    def _lets_in(self, request: web.Request) -> bool:
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            if self.before_use is not None:
                self.before_use(header.removeprefix("Bearer "))
            return header == f"Bearer {self.access}"
        if not header.startswith("OAuth "):
            return False
        valid, _ = self._endpoint.validate_protected_resource_request(
            str(request.url), http_method=request.method, body=None, headers={"Authorization": header}, realms=[]
        )
        return bool(valid)

    def _renew(self, form: dict[str, Any]) -> web.Response:
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh:
            return web.json_response({"error": "invalid_request", "error_description": "token was invalid"}, status=400)
        self.renewals += 1
        self.access, self.refresh = f"access-{self.renewals}", f"refresh-{self.renewals}"
        answer = {"token_type": "bearer", "expires_in": 7200, "scope": "tweet.write"}
        return web.json_response({**answer, "access_token": self.access, "refresh_token": self.refresh})

    async def _complaint(self, request: web.Request, body: bytes) -> str:
        """What prism says is wrong with a call; it knows no OAuth 1.0a, so it gets another token."""
        headers = {"Authorization": "Bearer token", "Content-Type": request.headers.get("Content-Type", "")}
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, self._prism + request.path_qs, data=body, headers=headers) as answer,
        ):
            violations = json.loads(answer.headers.get("sl-violations", "[]"))
            wrong = [one for one in violations if one["location"][0] == "request"]  # prism's own answers are odd, too
            return json.dumps(wrong) if wrong else ""

    async def _answer(self, request: web.Request, body: Any) -> web.StreamResponse:
        place = request.path.split("/")[2:]
        if request.method == "GET":
            return self._told(request, place)
        if request.method == "DELETE":
            self.deleted.append(place[-1])
            return web.json_response({"data": {"deleted": True}})
        if place == ["tweets"]:
            return await self._post(body, request)
        if place[0] == "dm_conversations":
            self.directs.append((place[2], body.get("text", "")))
            made = {"dm_conversation_id": f"1-{place[2]}", "dm_event_id": self.new_id()}
            return web.json_response({"data": made}, status=201)
        return self._media(place, body)

    def _media(self, place: list[str], body: Any) -> web.Response:
        if place == ["media", "metadata"]:
            self.media[body["id"]]["alt"] = body["metadata"]["alt_text"]["text"]
            return web.json_response({"data": {"id": body["id"]}})
        id_ = self.new_id()
        self.media[id_] = body
        return web.json_response({"data": {"id": id_}, "meta": {}})

    def _told(self, request: web.Request, place: list[str]) -> web.Response:
        if place == ["dm_events"]:
            return self._page(request, self.messages, "0")
        if place[2:] == ["mentions"]:
            return self._page(request, self.mentions, request.query.get("since_id", "0"))
        known = {"me": ME, "42": ANN}.get(place[-1])
        return web.json_response({"data": known} if known else {"title": "Not Found"}, status=200 if known else 404)

    async def _post(self, body: Any, request: web.Request) -> web.StreamResponse:
        text = body.get("text", "")
        if text and text in self.texts:
            return web.json_response(DUPLICATE, status=403)
        id_ = self.new_id()
        self.posts.append((id_, text, body.get("reply", {}).get("in_reply_to_tweet_id", "")))
        await asyncio.sleep(self.slow)
        if self.lose:
            self.lose -= 1
            if request.transport is not None:
                request.transport.close()
        return web.json_response({"data": {"id": id_, "text": text}}, status=201)

    def _page(self, request: web.Request, found: list[dict[str, Any]], since: str) -> web.Response:
        begin, most = int(request.query.get("pagination_token", "0")), int(request.query["max_results"])
        new = [one for one in found if int(one["id"]) > int(since)]
        page = new[begin : begin + most]
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(new) > begin + most:
            meta["next_token"] = f"{begin + most:016}"
        answer: dict[str, Any] = {"meta": meta}
        if page:
            answer |= {"data": page, "includes": {"users": [ANN, ME]}}
        return web.json_response(answer)
