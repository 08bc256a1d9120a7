"""The room's convention, by tables: what comes, what is shown of it, what a bot makes of it, what is mended before."""

from typing import Any

import pamqp.frame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from chinwag.core.errors import UsageError
from chinwag.core.values import Address, Arrival, Outgoing
from chinwag.networks.amqp import frames, wire
from chinwag.networks.amqp.loops import MOST_EXCHANGES, MOST_SPEAKERS, SILENCE, Loops
from chinwag.networks.amqp.settings import Settings, has_password


class TestWire:
    @pytest.mark.parametrize(
        ("key", "body", "headers", "shown"),
        [
            ("anna", b"hello", None, " [anna]: hello"),
            ("", b"", {}, " []: "),
            ("chat", b"mine", {wire.NAME: "anna"}, " [anna]: mine"),
            ("chat", b"mine", {wire.NAME: 7}, " [chat]: mine"),
            ("a\nb", b"\x1b]0;x\x07\t.", None, " [a\ufffdb]: \ufffd]0;x\ufffd\t."),
            ("eve", b"one\ntwo\r\nthree\rfour", None, " [eve]: one\n    two\n    three\ufffdfour"),
        ],
    )
    def test_a_message_is_shown(self, key: str, body: bytes, headers: dict[str, Any] | None, shown: str) -> None:
        assert wire.line(wire.decode(key, body, headers)) == shown

    @pytest.mark.parametrize("name", ["a", "anna of the hill", "é" * 127, "n" * 255, "*"])
    def test_a_name(self, name: str) -> None:
        assert wire.nickname(f"  {name}\n") == name

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("", "1 to 255 bytes, and this one has 0"),
            (" \t ", "has 0"),
            ("é" * 128, "has 256"),
            ("a\x1bb", "no control characters"),
        ],
    )
    def test_no_name(self, name: str, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            wire.nickname(name)

    @given(st.text(), st.text())
    def test_each_nickname_is_a_user_of_its_own(self, one: str, other: str) -> None:
        assert (wire.user_of(one) == wire.user_of(other)) is (one == other)
        assert wire.user_of(one) not in {"", "*"}

    @given(st.text("*", max_size=6))
    def test_nobody_is_everybody(self, name: str) -> None:
        found = Address("amqp:a", "room", wire.user_of(name))
        assert Address.parse(str(found)) == found

    def test_an_id_is_its_senders_own(self) -> None:
        one, other = (wire.arrival(wire.Heard(name, "hi", "1"), "amqp:a", "room") for name in ("anna", "bob"))
        assert one == Arrival("amqp:a", "room", "anna", "hi", "anna/1", "anna", direct=False)
        assert other.id == "bob/1"
        assert wire.arrival(wire.Heard("anna", "hi"), "amqp:a", "room").id == ""

    @pytest.mark.parametrize(
        ("body", "is_text"),
        [(b"", True), ("é".encode(), True), (b"\xff", False), (b"a" * (wire.LONGEST_TEXT + 1), False)],
    )
    def test_what_a_bot_takes(self, body: bytes, is_text: bool) -> None:  # noqa: FBT001 - a column of the table
        assert wire.is_text(body) is is_text

    def test_a_choice_in_words(self) -> None:
        message = Outgoing(1, "amqp:a", "room", "anna", text="Which?", choices=("tea", "milk"), question=True)
        assert wire.words(message) == "Which?\n0) tea\n1) milk\nEnter index: "

    def test_a_room_whose_name_is_too_long_has_no_presence(self) -> None:
        assert wire.presence_of("room") == "room.presence"
        assert wire.presence_of("r" * 250) == ""


def deliver(key: bytes, tag: int = 1) -> bytes:
    method = Basic.Deliver("ctag", tag, redelivered=True, exchange="room", routing_key="k" * len(key))
    return pamqp.frame.marshal(method, 3).replace(b"k" * len(key), key) if key else pamqp.frame.marshal(method, 3)


class TestFrames:
    @pytest.mark.parametrize(
        ("key", "read"),
        [
            (b"anna", "anna"),
            (b"", ""),
            ("é".encode(), "é"),
            (b"\xff\xfeb", "\ufffd\ufffdb"),
            (b"\xff" * 255, "\ufffd" * 85),
        ],
    )
    def test_a_routing_key_becomes_text(self, key: bytes, read: str) -> None:
        _, channel, method = pamqp.frame.unmarshal(frames.mended_delivery(deliver(key, tag=2**63 - 1)))
        assert isinstance(method, Basic.Deliver)
        assert (channel, method.delivery_tag, method.routing_key, method.redelivered) == (3, 2**63 - 1, read, True)

    @given(st.binary(max_size=255), st.integers(0, 2**63 - 1))
    def test_any_key_can_be_read(self, key: bytes, tag: int) -> None:
        payload = b"".join(
            (b"\x00\x3c\x00\x3c", b"\x04ctag", tag.to_bytes(8), b"\x00", b"\x04room", bytes([len(key)]), key)
        )
        whole = frames.OPENING.pack(frames.METHOD, 1, len(payload)) + payload + b"\xce"
        _, _, method = pamqp.frame.unmarshal(frames.mended_delivery(whole))
        assert isinstance(method, Basic.Deliver)
        assert method.delivery_tag == tag
        assert method.routing_key == key.decode("utf-8", "replace") or "\ufffd" in (method.routing_key or "")

    def test_other_frames_stay_as_they_are(self) -> None:
        for frame in (pamqp.frame.marshal(Basic.ConsumeOk("ctag"), 1), b"\x08\x00\x00\x00\x00\x00\x00\xce"):
            assert frames.mended_delivery(frame) is frame

    def test_headers_that_cannot_be_read_are_left_out(self) -> None:
        header = ContentHeader(body_size=5, properties=Basic.Properties(message_id="one", timestamp=None))
        whole = pamqp.frame.marshal(header, 1)
        assert frames.is_easy(whole)
        damaged = whole.replace(b"one", b"\xff\xff\xff")
        assert not frames.is_easy(damaged)
        _, _, bare = pamqp.frame.unmarshal(frames.bare_header(damaged))
        assert isinstance(bare, ContentHeader)
        assert (bare.body_size, bare.properties.message_id) == (5, None)

    def test_tables_are_not_taken_for_easy(self) -> None:
        header = ContentHeader(body_size=5, properties=Basic.Properties(headers={"a": 1}))
        assert not frames.is_easy(pamqp.frame.marshal(header, 1))


class TestLoops:
    def test_people_are_heard(self) -> None:
        clock = [0.0]
        loops = Loops(lambda: clock[0])
        for _ in range(100):
            loops.said()
            assert loops.heard("anna") == ""
            clock[0] += 0.06  # sixteen a second

    def test_a_flood_that_nobody_answers_is_no_loop(self) -> None:
        loops = Loops(lambda: 0.0)
        assert {loops.heard("anna") for _ in range(1_000)} == {""}

    def test_a_loop_is_broken_and_heard_again_after_silence(self) -> None:
        clock = [0.0]
        loops = Loops(lambda: clock[0])

        def exchange(times: int) -> list[str]:
            found = []
            for _ in range(times):
                loops.said()
                found.append(loops.heard("echo"))
                clock[0] += 0.001
            return found

        assert exchange(MOST_EXCHANGES + 3) == [""] * MOST_EXCHANGES + ["begun", "goes on", "goes on"]
        loops.said()
        assert loops.heard("anna") == ""
        clock[0] += SILENCE - 1
        assert exchange(1) == ["goes on"]
        clock[0] += SILENCE + 1
        assert exchange(2) == ["", ""]

    def test_what_is_remembered_is_bounded(self) -> None:
        loops = Loops(lambda: 0.0)
        for number in range(MOST_SPEAKERS + 50):
            loops.said()
            loops.heard(f"user{number}")
            loops.said()
            loops.heard(f"user{number}")
        assert len(loops._answered) <= MOST_SPEAKERS
        assert len(loops._exchanges) <= MOST_SPEAKERS


class TestSettings:
    @pytest.mark.parametrize(
        "url", ["amqp://localhost", "amqps://a:b@h:1/v?heartbeat=5&certfile=x", "amqp://h/%2F", "amqp://[::1]/"]
    )
    def test_a_url(self, url: str) -> None:
        assert Settings(url).url == url

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"url": "http://h/"}, "AMQP_URL is no URL of a broker"),
            ({"url": "amqp:///v"}, "no URL of a broker"),
            ({"url": "amqp://h:0/"}, "no URL of a broker"),
            ({"url": "amqp://h:99999/"}, "no URL of a broker"),
            ({"url": "amqp://h/a/b"}, "no URL of a broker"),
            ({"url": "amqp://h/ v"}, "no URL of a broker"),
            ({"url": "amqps://h/?no_verify_ssl=1"}, "certificates are always checked"),
            ({"url": "amqp://h/?heartbeet=1"}, "do you mean 'heartbeat'"),
            ({"url": "amqp://h/?x=1"}, "only heartbeat, timeout"),
            ({"exchange": ""}, "the exchange needs a name"),
            ({"exchange": "é" * 128}, "the exchange is named with 1 to 255 bytes"),
            ({"exchange": "amq.fanout"}, "which is the broker's own"),
            ({"inbox": "amq.x"}, "the inbox is named"),
            ({"name": "é" * 128}, "1 to 255 bytes, and this one has 256"),
            ({"ca": "ca.pem"}, "a ca file is for amqps"),
        ],
    )
    def test_what_is_refused(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(UsageError, match=words):
            Settings(**given)

    def test_a_password_is_shown_nowhere(self) -> None:
        settings = Settings("amqps://anna:hush@h:1/v?certfile=secret", queue="chat")
        assert repr(settings) == "Settings(url='amqps://anna:…@h:1/v', exchange='broadcast_chat', queue='chat')"
        with pytest.raises(UsageError) as refused:
            Settings("amqp://anna:hush@h/a/b")
        assert "hush" not in str(refused.value)

    @pytest.mark.parametrize(
        ("url", "has"), [("amqp://h/", False), ("amqp://guest:guest@h/", False), ("amqp://a:b@h/", True)]
    )
    def test_what_does_not_belong_on_a_command_line(self, url: str, has: bool) -> None:  # noqa: FBT001 - a column
        assert has_password(url) is has
