"""Stanzas -> values and back: by tables, and whatever else may come."""

from typing import Any
from xml.etree.ElementTree import XML, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.values import Arrival, Attachment, Outgoing, Span
from chinwag.networks.xmpp import elements, outgoing
from chinwag.networks.xmpp.events import Contact, Event, Heard, Kept, Seen, Told, Unreadable
from chinwag.networks.xmpp.wire import Reader

BOT, ME, ANN, ROOM = "xmpp:medbot", "medbot@x.org", "ann@x.org", "fun@rooms.x.org"
PEOPLE = {(ROOM, "Ann"): ANN, (ROOM, "Ben"): ""}
reader = Reader(BOT, ME, lambda room, nick: PEOPLE.get((room, nick), ""), lambda room: "bot" if room == ROOM else "")


def message(inside: str, sender: str = f"{ANN}/phone", kind: str = "chat", id_: str = "1") -> str:
    return f"<message xmlns='jabber:client' from='{sender}' type='{kind}' id='{id_}'>{inside}</message>"


def read(text: str) -> tuple[Event, ...]:
    return reader.message(XML(text))


def direct(text: str = "", id_: str = f"m {ANN}/phone 1", files: tuple[Attachment, ...] = (), **more: Any) -> Arrival:
    return Arrival(BOT, ANN, ANN, text, id_, attachments=files, ref="1", **more)


def archived(inside: str, by: str = ME, query: str = "q") -> str:
    result = f"<result xmlns='urn:xmpp:mam:2' queryid='{query}' id='a7'>{forwarded(inside)}</result>"
    return f"<message xmlns='jabber:client' from='{by}'>{result}</message>"


def forwarded(inside: str) -> str:
    stamp = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-05T20:00:00Z'/>"
    return f"<forwarded xmlns='urn:xmpp:forward:0'>{stamp}{inside}</forwarded>"


def stamped(by: str) -> str:
    return f"<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='s9'/>"


OOB = "<x xmlns='jabber:x:oob'><url>https://x.org/a%20cat.png</url></x>"
CAT = Attachment("image", b"", "https://x.org/a%20cat.png", "a cat.png")
AT = 1_767_643_200_000_000


@pytest.mark.parametrize(
    ("inside", "arrival"),
    [
        ("<body>hello</body>", direct("hello")),
        ("<body>&lt;b&gt;*_`</body>", direct("<b>*_`")),
        ("<body xml:lang='de'>hallo</body><body>hello</body>", direct("hello")),
        ("<body xml:lang='de'>hallo</body>", direct("hallo")),
        (f"<body>hello</body>{stamped(ME)}", direct("hello", "d s9")),
        (f"<body>hello</body>{stamped('evil.org')}", direct("hello")),
        ("<body>hello</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/>", direct("hello", f"m {ANN}/phone o")),
        (f"<body>https://x.org/a%20cat.png</body>{OOB}", direct("", files=(CAT,))),
        (f"<body>look</body>{OOB}", direct("look", files=(CAT,))),
        ("<body>helo</body><replace xmlns='urn:xmpp:message-correct:0' id='0'/>", direct("helo", event="edit")),
        ("<body>late</body><delay xmlns='urn:xmpp:delay' stamp='2026-01-05T20:00:00Z'/>", direct("late", at=AT)),
        ("<body>late</body><delay xmlns='urn:xmpp:delay' stamp='yesterday'/>", direct("late")),
    ],
)
def test_what_somebody_says(inside: str, arrival: Arrival) -> None:
    assert read(message(inside)) == (Heard(arrival, f"{ANN}/phone", "1"),)


@pytest.mark.parametrize(
    "text",
    [
        message(""),
        message("<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
        message("<body>hello</body>", sender=ME),
        message("<body>hello</body>", kind="headline"),
        message("<subject>hello</subject>", sender=ROOM, kind="groupchat"),
        message("<body>hello</body>", sender="other@rooms.x.org/Ann", kind="groupchat"),
        message(f"<sent xmlns='urn:xmpp:carbons:2'>{forwarded(message('<body>hello</body>'))}</sent>", sender=ME),
        message(f"<received xmlns='urn:xmpp:carbons:2'>{forwarded(message('<body>x</body>'))}</received>", sender=ANN),
        archived(message("<body>hello</body>"), by="evil.org"),
        "<message xmlns='jabber:client' from='medbot@x.org'><result xmlns='urn:xmpp:mam:2' id='1'/></message>",
    ],
)
def test_what_is_nothing_to_a_bot(text: str) -> None:
    assert read(text) == ()


def test_what_a_room_says() -> None:
    one = read(message(f"<body>hi</body>{stamped(ROOM)}", sender=f"{ROOM}/Ann", kind="groupchat"))
    arrival = Arrival(BOT, ROOM, ANN, "hi", f"r {ROOM} s9", "Ann", direct=False, ref="s9")
    assert one == (Heard(arrival, f"{ROOM}/Ann", "1"),)
    two = read(message("<body>hi</body>", sender=f"{ROOM}/Ben", kind="groupchat"))
    assert isinstance(two[0], Heard)
    assert (two[0].arrival.user, two[0].arrival.id) == ("Ben", f"m {ROOM}/Ben 1")
    echo = read(message(f"<body>mine</body>{stamped(ROOM)}", sender=f"{ROOM}/bot", kind="groupchat", id_="c1"))
    assert echo == (Told("c1", f"{ROOM}/bot", "", "s9"),)
    private = read(message("<body>psst</body>", sender=f"{ROOM}/Ann"))
    assert isinstance(private[0], Heard)
    assert (private[0].arrival.room, private[0].arrival.user, private[0].arrival.direct) == (f"{ROOM}/Ann", ANN, True)


def test_what_comes_a_second_way_has_one_id() -> None:
    live = read(message(f"<body>yes</body>{stamped(ME)}"))
    carbon = f"<received xmlns='urn:xmpp:carbons:2'>{forwarded(message(f'<body>yes</body>{stamped(ME)}'))}</received>"
    copy = read(message(carbon, sender=ME))
    kept = read(archived(message("<body>yes</body>")).replace("id='a7'", "id='s9'"))
    assert isinstance(kept[0], Kept)
    ids = {event.arrival.id for event in (*live, *copy, *kept[0].events) if isinstance(event, Heard)}
    assert ids == {"d s9"}


def test_what_an_archive_has() -> None:
    theirs = read(archived(message("<body>yes</body>")))
    assert theirs == (Kept("q", "a7", AT, (Heard(direct("yes", "d a7", at=AT), f"{ANN}/phone", "1"),)),)
    ours = read(archived(message("<body>Hey</body>", sender=f"{ME}/chinwag", id_="c1")))
    assert ours == (Kept("q", "a7", AT, (), "c1"),)
    room = read(archived(message("<body>hi</body>", sender=f"{ROOM}/Ann", kind="groupchat"), by=ROOM))
    assert isinstance(room[0], Kept)
    assert isinstance(room[0].events[0], Heard)
    assert room[0].events[0].arrival.id == f"r {ROOM} a7"
    forged = read(archived(message("<body>hi</body>", sender="other@rooms.x.org/Ann", kind="groupchat"), by=ROOM))
    assert forged == ()


@pytest.mark.parametrize(
    ("inside", "event"),
    [
        ("<received xmlns='urn:xmpp:receipts' id='c1'/>", Told("c1", f"{ANN}/phone")),
        ("<displayed xmlns='urn:xmpp:chat-markers:0' id='c1'/>", Told("c1", f"{ANN}/phone")),
        ("<encrypted xmlns='eu.siacs.conversations.axolotl'/><body>?</body>", Unreadable(f"{ANN}/phone")),
    ],
)
def test_what_is_told_beside(inside: str, event: Event) -> None:
    assert read(message(inside)) == (event,)


def test_what_comes_back() -> None:
    words = "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>nobody</text>"
    error = f"<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>{words}</error>"
    assert read(message(error, kind="error", id_="c1")) == (Told("c1", f"{ANN}/phone", "item-not-found: nobody"),)


def presence(inside: str = "", sender: str = f"{ROOM}/Ann", kind: str = "") -> Any:
    type_ = f" type='{kind}'" if kind else ""
    return reader.presence(XML(f"<presence xmlns='jabber:client' from='{sender}'{type_}>{inside}</presence>"))


def test_who_comes_and_goes() -> None:
    here = "<x xmlns='http://jabber.org/protocol/muc#user'><item jid='ann@x.org/p'/></x>"
    assert presence(here) == Seen(ROOM, "Ann", there=True, address=ANN)
    assert presence(here, kind="unavailable") == Seen(ROOM, "Ann", there=False, address=ANN)
    me = "<x xmlns='http://jabber.org/protocol/muc#user'><item><reason>spam</reason></item><status code='307'/></x>"
    kicked = presence(me, sender=f"{ROOM}/bot", kind="unavailable")
    assert kicked == Seen(ROOM, "bot", there=False, itself=True, codes=frozenset({"307"}), words="spam")
    assert presence(sender=ANN, kind="subscribe") == Contact(ANN, "subscribe")
    assert presence(sender=f"{ANN}/phone") is None


_TAGS = {
    "body xmlns='jabber:client'", "result xmlns='urn:xmpp:mam:2' id='1'", "forwarded xmlns='urn:xmpp:forward:0'",
    "message xmlns='jabber:client' from='a@b'", "received xmlns='urn:xmpp:carbons:2'", "x xmlns='jabber:x:oob'",
    "url xmlns='jabber:x:oob'", "received xmlns='urn:xmpp:receipts'", "stanza-id xmlns='urn:xmpp:sid:0' by='a'",
    "delay xmlns='urn:xmpp:delay' stamp='9999999-'", "x xmlns='http://jabber.org/protocol/muc#user'",
    "error xmlns='jabber:client'", "message xmlns='jabber:client'",
}  # fmt: skip


def _nested(tag: str, one: str, two: str) -> str:
    return f"<{tag}>{one}{two}</{tag.split(maxsplit=1)[0]}>"


@given(st.recursive(st.just(""), lambda inner: st.builds(_nested, st.sampled_from(sorted(_TAGS)), inner, inner)))
def test_whatever_comes_is_no_error(inside: str) -> None:
    for text in (message(inside), message(inside, f"{ROOM}/Ann", "groupchat"), message(inside, ME)):
        for event in read(text):
            assert isinstance(event, Heard | Told | Kept | Unreadable)
    presence(inside)


# -- out ---------------------------------------------------------------------------------------------------------------


def said(text: str = "", **more: Any) -> Outgoing:
    return Outgoing(1, BOT, ANN, ANN, text=text, **more)


def bodies(message: Outgoing, links: tuple[str, ...] = (), *, group: bool = False) -> list[str | None]:
    return [stanza.findtext("{jabber:client}body") for stanza in outgoing.stanzas(message, "c1", links, group=group)]


def test_words_and_choices_and_files() -> None:
    assert bodies(said("Hey buddy")) == ["Hey buddy"]
    choice = said("What next?", choices=("continue", "quit"), question=True)
    assert bodies(choice) == ["What next?\n0) continue\n1) quit"]
    assert bodies(said(choices=("a", "b"), question=True, again=True)) == ["Try again"]
    assert bodies(said(attachments=(CAT,)), (CAT.link,)) == [CAT.link]
    assert bodies(said("look", attachments=(CAT,)), (CAT.link,)) == ["look", CAT.link]
    assert bodies(said("here", spans=(Span(0, 4, "link", "https://x.org"),))) == ["here\nhttps://x.org"]
    assert bodies(said("new", act="edit", ref="c0 s9")) == ["new"]


def test_what_rides_beside_the_words() -> None:
    (stanza,) = outgoing.stanzas(said("new", act="edit", ref="c0 s9"), "c1", group=False)
    replaced = stanza.find(f"{{{elements.CORRECT}}}replace")
    assert replaced is not None
    assert replaced.get("id") == "c0"
    assert stanza.find(f"{{{elements.RECEIPTS}}}request") is not None
    (in_room,) = outgoing.stanzas(said("hi", reply="s9"), "c1", group=True)
    assert in_room.find(f"{{{elements.RECEIPTS}}}request") is None
    assert in_room.find(f"{{{outgoing.REPLY}}}reply") is not None
    (gone,) = outgoing.stanzas(said(act="delete", ref="c0 s9"), "c1", group=True)
    retracted = gone.find(f"{{{elements.RETRACT}}}retract")
    assert retracted is not None
    assert retracted.get("id") == "s9"
    (bold,) = outgoing.stanzas(said("a bold word", spans=(Span(2, 4, "bold"),)), "c1", group=False)
    span = bold.find(f"{{{outgoing.MARKUP}}}markup/{{{outgoing.MARKUP}}}span")
    assert span is not None
    assert (span.get("start"), span.get("end")) == ("2", "6")


@given(st.text())
def test_every_text_can_be_written_and_is_read_as_it_is(text: str) -> None:
    (stanza,) = outgoing.stanzas(said(text or "x"), "c1", group=False)
    again = XML(tostring(stanza, encoding="unicode"))
    body = again.findtext("{jabber:client}body")
    assert body == outgoing.clean(text or "x").replace("\r", "\n") or "\r" in text
    assert again.find(f"{{{outgoing.UNSTYLED}}}unstyled") is not None


def test_a_question_to_an_archive() -> None:
    newest = outgoing.question("q", newest=5)
    assert newest.find(f"{{{elements.PAGES}}}set/{{{elements.PAGES}}}before") is not None
    after = outgoing.question("q", after="a7", start="2026-01-05T20:00:00Z")
    assert after.findtext(f"{{{elements.PAGES}}}set/{{{elements.PAGES}}}after") == "a7"
    values = [value.text for value in after.iter(f"{{{outgoing.FORMS}}}value")]
    assert values == ["urn:xmpp:mam:2", "2026-01-05T20:00:00Z"]


def test_what_is_sent_without_words() -> None:
    assert outgoing.received(f"{ANN}/phone", "1").find(f"{{{elements.RECEIPTS}}}received") is not None
    assert outgoing.note(ANN, "a\x00word", "n1").findtext("{jabber:client}body") == "a\ufffdword"
    assert outgoing.composing(ROOM, group=True).get("type") == "groupchat"
    assert outgoing.composing(ANN, group=False).get("type") == "chat"
    history = f"{{{elements.ROOM}}}x/{{{elements.ROOM}}}history"
    silent, since = (
        outgoing.joining(ROOM, "bot").find(history),
        outgoing.joining(ROOM, "bot", "2026-01-05").find(history),
    )
    assert silent is not None
    assert since is not None
    assert (silent.get("maxstanzas"), since.get("since")) == ("0", "2026-01-05")
    assert outgoing.presence().attrib == {}
    assert outgoing.presence(ANN, "subscribed").attrib == {"to": ANN, "type": "subscribed"}
    assert outgoing.slot("cat.png", 7, "image/png").get("size") == "7"


def test_odd_pieces_are_nothing() -> None:
    assert elements.instant("2026-01-05T20:00:00") == AT
    assert elements.instant("9999-12-31T23:59:59-23:59") >= 0
    assert elements.instant("0001-01-01T00:00:00+23:59") <= 0
    assert elements.file_name("http://[") == ""
    assert elements.kind_of("song.OGG") == "audio"
    assert elements.error_of(XML("<message xmlns='jabber:client'/>")) == "refused"
    assert Reader(BOT, ME).message(XML(message("<body>hi</body>", sender=f"{ROOM}/Ann", kind="groupchat"))) == ()
    assert read(message("<received xmlns='urn:xmpp:receipts' id='c1'/>", f"{ROOM}/Ann", "groupchat")) == ()
    assert read(message("<body>mine</body>", sender=f"{ROOM}/bot", kind="groupchat", id_="")) == ()
    mine = read(archived(message("<body>mine</body>", sender=f"{ROOM}/bot", kind="groupchat", id_="c1"), by=ROOM))
    assert mine == (Kept("q", "a7", AT, (), "c1"),)
    assert read(archived(message("<body>x</body>", sender=f"{ROOM}/Ann"), by=ROOM)) == ()
    assert reader.presence(XML("<presence xmlns='jabber:client' type='subscribe'/>")) is None
    refused = presence(
        "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", kind="error"
    )
    assert refused == Seen(ROOM, "Ann", there=False, itself=True, error="forbidden")
    nobody = "<message xmlns='jabber:client' from='medbot@x.org'><received xmlns='urn:xmpp:carbons:2'/></message>"
    assert read(nobody) == ()


@pytest.mark.parametrize("nick", ["zoe@x.org", "*", "Zoe@X.org"])
def test_a_nickname_is_taken_for_nobody_who_has_that_address(nick: str) -> None:
    (heard,) = read(message("<body>hi</body>", f"{ROOM}/{nick}", "groupchat"))
    assert isinstance(heard, Heard)
    assert heard.arrival.user == f"{ROOM}/{nick}"


def test_whoever_claims_an_address_in_a_message_is_not_believed() -> None:
    claim = f"<x xmlns='http://jabber.org/protocol/muc#user'><item jid='{ANN}'/></x>"
    said = message(f"<body>hi</body>{claim}", f"{ROOM}/Ben", "groupchat")
    (heard,) = read(said)
    assert isinstance(heard, Heard)
    assert heard.arrival.user == "Ben"
    (kept,) = read(archived(said, by=ROOM))
    assert isinstance(kept, Kept)
    assert [event.arrival.user for event in kept.events if isinstance(event, Heard)] == [ANN]
