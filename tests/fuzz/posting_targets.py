"""What is fuzzed of networks on which an account posts: what they send, and the texts that become posts."""

import json
from typing import Any

import msgspec

from chinwag.core.errors import Refused
from chinwag.core.splitting import weigh
from chinwag.core.values import Outgoing
from chinwag.networks.mastodon import counting as mastodon_counting
from chinwag.networks.mastodon import outgoing as mastodon_outgoing
from chinwag.networks.mastodon import schema as mastodon_schema
from chinwag.networks.mastodon import wire as mastodon
from chinwag.networks.x import counting as x_counting
from chinwag.networks.x import outgoing as x_outgoing
from chinwag.networks.x import schema as x_schema
from chinwag.networks.x import wire as x

LONGEST_SPLIT = 500
_MASTODON = mastodon.Reader("mastodon:fuzzed", mastodon_schema.Account("1", "fuzzed", "fuzzed"), "home.example")


def mastodon_wire(data: bytes) -> None:
    """A notification, a page, a stream and answers: values for whatever comes, which a store can keep."""
    for notice in (_MASTODON.notice(data), *(_MASTODON.page(data) or ())):
        msgspec.json.encode(notice)
    some = data[:LONGEST_SPLIT]
    whole = list(mastodon.Events().feed(some))
    events = mastodon.Events()
    assert [event for index in range(len(some)) for event in events.feed(some[index : index + 1])] == whole
    list(mastodon.Events().feed(data))
    for read in (mastodon.status, mastodon.account, mastodon.media, mastodon.instance, mastodon.words):
        read(data)
    text = data.decode("utf-8", "replace")[:LONGEST_SPLIT]
    headers = {"retry-after": text, "x-ratelimit-reset": text, "x-ratelimit-limit": text, "x-ratelimit-remaining": text}
    assert 0 < mastodon.wait(headers, 1_790_000_000.0) <= mastodon.LONGEST_WAIT
    mastodon.allowance(headers)
    _mastodon_posts(text)


def _mastodon_posts(text: str) -> None:
    message = Outgoing(1, "mastodon:fuzzed", "ann@a.example", "ann@a.example", text=text, warning=text[:5])
    try:
        posts = mastodon_outgoing.posts(message, mastodon_outgoing.Rules(60))
    except Refused:
        return
    assert all(weigh(mastodon_counting.units(post.text, 23)) + len(post.warning) <= 60 for post in posts)
    assert all(post.visibility == "direct" for post in posts)


def notifications() -> list[bytes]:
    """Inputs to start from."""
    ann = {"id": "2", "acct": "ann@away.example", "username": "ann", "display_name": "Ann"}
    media = [{"id": "1", "type": "image", "url": "https://a.example/b.png", "description": "a cat"}]
    content = '<p><a href="https://home.example/@fuzzed" class="mention">@fuzzed</a> next<br>&amp; so on</p>'
    status: dict[str, Any] = {"id": "109", "account": ann, "content": content, "media_attachments": media}
    mention = {"id": "7", "type": "mention", "account": ann, "status": status}
    follow = {"id": "8", "type": "follow", "account": ann}
    event = b"event: notification\ndata: " + json.dumps(follow).encode() + b"\n\n:thump\n\n"
    return [*(json.dumps(one).encode() for one in (mention, follow, [mention, follow], status)), event]


_X = x.Reader("x:fuzzed", x_schema.User("1", "fuzzed"))


def x_wire(data: bytes) -> None:
    """Pages of mentions and of direct messages, and answers: values for whatever comes, which a store can keep."""
    for page in (_X.mentions(data), _X.directs(data)):
        msgspec.json.encode(page)
    for read in (x.made, x.me, x.words):
        read(data)
    text = data.decode("utf-8", "replace")[:LONGEST_SPLIT]
    names = ("retry-after", "x-rate-limit-reset", "x-rate-limit-limit", "x-rate-limit-remaining")
    assert 0 < x.wait(dict.fromkeys(names, text), 1_790_000_000.0) <= x.LONGEST_WAIT
    calls = x_outgoing.calls(Outgoing(1, "x:fuzzed", "@42", "42", text=text), "ann")
    assert all(weigh(x_counting.units(call.text)) <= x_counting.LONGEST for call in calls)
    x_outgoing.references(text)


def mentions() -> list[bytes]:
    """Inputs to start from."""
    urls = {"urls": [{"url": "https://t.co/1", "expanded_url": "https://a.example/b"}]}
    post = {"id": "109", "text": "@fuzzed next https://t.co/1 &amp;", "author_id": "42", "entities": urls}
    direct = {"id": "7", "event_type": "MessageCreate", "text": "a", "sender_id": "42", "dm_conversation_id": "1-42"}
    more = {"includes": {"users": [{"id": "42", "username": "ann"}]}, "meta": {"next_token": "t", "result_count": 1}}
    problem = {"title": "Forbidden", "detail": "no", "errors": [{"message": "odd"}]}
    made = [{"data": [post], **more}, {"data": [direct], **more}, problem, {"data": {"id": "5", "username": "a"}}]
    return [json.dumps(one).encode() for one in made]
