"""The room as people use it: real processes, a real broker, and a program written with plain pika in the same room."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.shell import Talk, chinwag, command, environment
from tests.networks.amqp_stage import Cable, Outsider, cable, fresh, nobody_listens
from tests.networks.typist import Typist

WELCOME = 'Welcome to our chat space, type "exit" or "quit" when you want to leave.'
LONG = "n" * 255
HUGE = "0123456789abcdef" * 65_536


@pytest.fixture
def room() -> str:
    return fresh()


@pytest.fixture
def more(broker: str, room: str) -> dict[str, str]:
    return {"AMQP_URL": broker, "AMQP_EXCHANGE": room}


@pytest.fixture
def outsider(broker: str, room: str) -> Iterator[Outsider]:
    with Outsider(broker, room) as outsider:
        yield outsider


class TestListen:
    def test_shows_what_a_plain_client_says(
        self, tmp_path: Path, room: str, more: dict[str, str], outsider: Outsider
    ) -> None:
        with Talk(tmp_path, "room", "listen", more=more) as listener:
            opening = listener.hear()
            assert opening.startswith(f"Listening on <{room}>, queue name amq.gen-")
            told: list[tuple[str | bytes, str | bytes, str]] = [
                ("anna", "hello", " [anna]: hello"),
                ("anna", b"caf\xc3\xa9 \xff", " [anna]: café \ufffd"),
                (b"\xff\xfeb", "who", " [\ufffd\ufffdb]: who"),
                ("", "", " []: "),
                (LONG, "long", f" [{LONG}]: long"),
                ("eve", "\x1b[2Jgone\x07", " [eve]: \ufffd[2Jgone\ufffd"),
                ("eve", "hi\r\n [bob]: I give up", " [eve]: hi"),
            ]
            for name, text, shown in told:
                outsider.says(name, text)
                assert listener.hear() == shown
            assert listener.hear() == "     [bob]: I give up"
            outsider.says("carl", HUGE)
            assert listener.hear() == f" [carl]: {HUGE}"
            listener.signal(signal.SIGTERM)
            assert listener.process.wait(3) == 0
            assert listener.errors() == ""

    def test_headers_that_no_library_reads_end_nothing(
        self, tmp_path: Path, more: dict[str, str], outsider: Outsider
    ) -> None:
        with Talk(tmp_path, "room", "listen", more=more) as listener:
            listener.hear()
            outsider.says("anna", "odd", timestamp=2**62, headers={"a": 1})
            outsider.says("anna", "odder", message_id=b"\xff", app_id=b"\xfe")
            outsider.says("anna", "even")
            assert [listener.hear() for _ in range(3)] == [" [anna]: odd", " [anna]: odder", " [anna]: even"]

    def test_a_work_queue_gives_each_message_to_one(self, tmp_path: Path, broker: str, outsider: Outsider) -> None:
        queue = fresh("work")
        outsider.channel.queue_declare(queue)
        more = {"AMQP_URL": broker}
        arguments = ("room", "listen", "--queue", queue)
        with Talk(tmp_path, *arguments, more=more) as one, Talk(tmp_path, *arguments, more=more) as other:
            for listener in (one, other):
                assert listener.hear() == f"Listening on <default exchange>, queue name {queue}"
            for number in range(10):
                outsider.channel.basic_publish("", queue, f"task {number}".encode())
            sent = chinwag(tmp_path, "room", "send", "--queue", queue, "--name", "anna", text="mine\n", more=more)
            assert sent.returncode == 0
            for listener in (one, other):
                listener.signal(signal.SIGINT)
                assert listener.process.wait(3) == 130
            shown = one.rest() + other.rest()
        assert sorted(shown) == sorted([f" [{queue}]: task {number}" for number in range(10)] + [" [anna]: mine"])

    def test_what_was_not_shown_stays_in_a_work_queue(self, tmp_path: Path, broker: str, outsider: Outsider) -> None:
        queue = fresh("work")
        outsider.channel.queue_declare(queue, durable=True)
        outsider.channel.confirm_delivery()
        arguments = [*command("room", "listen", "--queue", queue)]
        listener = subprocess.Popen(
            arguments, env=environment({"AMQP_URL": broker}), stdout=subprocess.PIPE, cwd=tmp_path
        )
        assert listener.stdout is not None
        listener.stdout.readline()
        for number in range(3):  # more than a pipe holds, and nobody reads it
            outsider.channel.basic_publish("", queue, f"{number}{HUGE[:100_000]}".encode())
        assert listener.stdout.read(11) == f" [{queue}]: "[:11].encode()
        listener.kill()
        listener.wait()
        listener.stdout.close()
        with Talk(tmp_path, "room", "listen", "--queue", queue, more={"AMQP_URL": broker}) as second:
            second.hear()
            kept = {second.hear()[: len(queue) + 6] for _ in range(2)}
        assert kept == {f" [{queue}]: {number}" for number in (1, 2)}


class TestSend:
    def test_text_for_text(self, tmp_path: Path, more: dict[str, str], outsider: Outsider) -> None:
        text = "n" * 256 + "\n\nanna\nhello\n\ncaf\u00e9\nexit\nnot said\n"
        done = chinwag(tmp_path, "room", "send", text=text, more=more)
        assert done.stdout == (
            "Enter your name: A name has 1 to 255 bytes, and this one has 256.\n"
            "Enter your name: A name has 1 to 255 bytes, and this one has 0.\n"
            f"Enter your name: \n{WELCOME}\nanna > anna > anna > anna > Goodbye!\n"
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert [outsider.hears(), outsider.hears()] == [("anna", "hello"), ("anna", "café")]
        outsider.hears_nothing_before("bob", "quiet here")

    def test_the_end_of_the_input_ends_it(self, tmp_path: Path, more: dict[str, str], outsider: Outsider) -> None:
        done = chinwag(tmp_path, "room", "send", text=f"{LONG}\n{HUGE}", more=more)
        assert done.returncode == 0
        assert done.stdout.endswith(f"{LONG} > \nGoodbye!\n")
        assert outsider.hears() == (LONG, HUGE)

    def test_at_a_terminal(self, tmp_path: Path, more: dict[str, str], outsider: Outsider) -> None:
        anna = Typist(100, program=command("room", "send"), folder=tmp_path, **more)
        try:
            anna.sees("Enter your name:")
            anna.type("anna\r")
            anna.sees("Enter your name: anna", "", WELCOME, "anna >")
            anna.type("hello\r")
            assert outsider.hears() == ("anna", "hello")
            anna.type("\x04")
            anna.ends()
            assert anna.screen.lines == ["Enter your name: anna", "", WELCOME, "anna > hello", "anna >", "Goodbye!"]
        finally:
            anna.leave()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it(self, tmp_path: Path, more: dict[str, str], number: signal.Signals) -> None:
        with Talk(tmp_path, "room", "send", "--name", "anna", more=more) as sender:
            sender.hear_until(WELCOME)
            sender.signal(number)
            assert sender.process.wait(3) == (0 if number is signal.SIGTERM else 130)


class TestRefusals:
    def refused(self, folder: Path, *arguments: str, **more: str) -> str:
        done = chinwag(folder, "room", *arguments, more=more)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("chinwag: ")
        assert done.stderr.count("\n") == 1
        return done.stderr

    def test_an_exchange_of_another_type(self, tmp_path: Path, broker: str, outsider: Outsider) -> None:
        other = fresh("direct")
        outsider.channel.exchange_declare(other, "direct", auto_delete=True)
        words = self.refused(tmp_path, "listen", "--exchange", other, AMQP_URL=broker)
        assert f"The exchange '{other}' exists, and is of type direct, where the chat needs fanout" in words

    def test_an_exchange_that_outlives_the_broker(self, tmp_path: Path, broker: str, outsider: Outsider) -> None:
        other = fresh("durable")
        outsider.channel.exchange_declare(other, "fanout", durable=True, auto_delete=True)
        words = self.refused(tmp_path, "listen", "--exchange", other, AMQP_URL=broker)
        assert "and is durable: add --durable" in words

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (("guest:guest", "guest:hush"), "does not take this user and password: check AMQP_URL"),
            (("/chinwag-test", "/no-such"), "does not let this user into the virtual host"),
        ],
    )
    def test_a_broker_that_does_not_let_in(
        self, tmp_path: Path, broker: str, change: tuple[str, str], words: str
    ) -> None:
        said = self.refused(tmp_path, "join", AMQP_URL=broker.replace(*change))
        assert words in said
        assert "hush" not in said

    def test_nobody_there(self, tmp_path: Path) -> None:
        port = nobody_listens()
        words = self.refused(tmp_path, "listen", AMQP_URL=f"amqp://guest:guest@127.0.0.1:{port}/")
        assert f"RabbitMQ at 127.0.0.1:{port} cannot be reached" in words

    def test_a_window_on_a_work_queue(self, tmp_path: Path) -> None:
        assert "join is for a room, where all hear all" in self.refused(tmp_path, "join", AMQP_QUEUE="chat")

    def test_a_password_on_the_command_line(self, tmp_path: Path) -> None:
        words = self.refused(tmp_path, "listen", "--url", "amqp://anna:hush@localhost/")
        assert "put a URL with a password into AMQP_URL" in words
        assert "hush" not in words

    def test_settings_weigh_more_from_file_to_flag(self, tmp_path: Path, broker: str) -> None:
        (tmp_path / "chinwag.toml").write_text('[amqp]\nexchange = "one"\nurl = "amqp://nobody@127.0.0.1:1/"\n')
        assert "127.0.0.1:1 " in self.refused(tmp_path, "listen")
        more = {"AMQP_URL": broker, "AMQP_EXCHANGE": "two"}
        for word, flags in (("two", ()), ("three", ("--exchange", "three"))):
            with Talk(tmp_path, "room", "listen", *flags, more=more) as listener:
                assert listener.hear().startswith(f"Listening on <{word}>, ")


class TestReconnect:
    @pytest.fixture
    def wire(self, broker: str) -> Iterator[Cable]:
        with cable(broker) as made:
            yield made

    def test_everything_is_declared_again_and_said_so(
        self, tmp_path: Path, room: str, wire: Cable, outsider: Outsider
    ) -> None:
        more = {"AMQP_URL": wire.url, "AMQP_EXCHANGE": room}
        with Talk(tmp_path, "room", "listen", more=more) as listener:
            listener.hear()
            wire.cut()
            lost = listener.complaint()
            assert lost.startswith("The connection to RabbitMQ at 127.0.0.1:")
            assert lost.endswith("; trying again.")
            outsider.channel.exchange_delete(room)
            wire.mend()
            back = listener.complaint()
            assert back.startswith("RabbitMQ is back, and all is declared again; what was said in these ")
            assert back.endswith(" seconds may be missed.")
            outsider.says("bob", "hi again")
            assert listener.hear() == " [bob]: hi again"

    def test_what_is_said_without_a_connection_waits_for_one(
        self, tmp_path: Path, room: str, wire: Cable, outsider: Outsider
    ) -> None:
        more = {"AMQP_URL": wire.url, "AMQP_EXCHANGE": room}
        with Talk(tmp_path, "room", "send", "--name", "anna", more=more) as sender:
            sender.hear_until(WELCOME)
            wire.cut()
            sender.complaint()
            sender.say("first", "second")
            wire.mend()
            assert sender.complaint() == "RabbitMQ is back, and all is declared again; go on."
            assert [outsider.hears(), outsider.hears()] == [("anna", "first"), ("anna", "second")]
            sender.say("quit")
            assert sender.rest() == ["anna > anna > anna > Goodbye!"]
            assert sender.code() == 0

    def test_what_was_not_confirmed_is_told_and_not_said_twice(
        self, tmp_path: Path, room: str, wire: Cable, outsider: Outsider
    ) -> None:
        with Talk(
            tmp_path, "room", "send", "--name", "anna", more={"AMQP_URL": wire.url, "AMQP_EXCHANGE": room}
        ) as sender:
            sender.hear_until(WELCOME)
            wire.deaf = True
            sender.say("once")
            assert outsider.hears() == ("anna", "once")
            wire.cut()
            wire.mend()
            sender.say("and on", "exit")
            assert outsider.hears() == ("anna", "and on")
            assert sender.code() == 1
            assert "This may or may not have been heard: once" in sender.errors().splitlines()

    def test_a_broker_that_hangs_holds_nobody_up(self, tmp_path: Path, room: str, wire: Cable) -> None:
        with Talk(
            tmp_path, "room", "send", "--name", "anna", more={"AMQP_URL": wire.url, "AMQP_EXCHANGE": room}
        ) as sender:
            sender.hear_until(WELCOME)
            wire.deaf = True
            sender.say("is anybody there?")
            sender.signal(signal.SIGTERM)
            assert sender.process.wait(3) == 0

    def test_what_cannot_be_said_any_more_is_told(self, tmp_path: Path, room: str, wire: Cable) -> None:
        with Talk(
            tmp_path, "room", "send", "--name", "anna", more={"AMQP_URL": wire.url, "AMQP_EXCHANGE": room}
        ) as sender:
            sender.hear_until(WELCOME)
            wire.cut()
            sender.complaint()
            sender.say("lost", "exit")
            assert sender.code() == 1
            assert sender.errors().splitlines()[-1] == "1 message was not said: there is no connection to RabbitMQ."


class TestJoin:
    @pytest.fixture
    def sit_down(self, tmp_path: Path, more: dict[str, str]) -> Iterator[Callable[..., Typist]]:
        typists: list[Typist] = []

        def begin(*arguments: str) -> Typist:
            program = command("room", "join")
            typists.append(Typist(100, *arguments, program=program, folder=tmp_path, **more))
            return typists[-1]

        yield begin
        for typist in typists:
            typist.leave()

    def test_one_window(self, sit_down: Callable[..., Typist], outsider: Outsider) -> None:
        anna = sit_down()
        anna.sees("Enter your name:")
        anna.type("anna\r")
        opening = ["", WELCOME, "/who shows who is here, /nick NAME gives you another name, /quit ends it."]
        anna.sees(*opening, "anna >")
        anna.type("hello\r")
        assert outsider.hears() == ("anna", "hello")
        anna.sees(*opening, " [anna]: hello", "anna >")
        anna.type("half a li")
        anna.sees(*opening, " [anna]: hello", "anna > half a li")
        outsider.says("bob", "hi \x1b[2Janna")
        shown = [*opening, " [anna]: hello", " [bob]: hi \ufffd[2Janna"]
        anna.sees(*shown, "anna > half a li")
        anna.type("ne\r")
        anna.sees(*shown, " [anna]: half a line", "anna >")
        anna.type("/quit\r")
        anna.sees_that(lambda seen: "Goodbye!" in seen, "for the end")
        anna.ends()

    def test_who_is_here_and_by_what_name(self, sit_down: Callable[..., Typist], outsider: Outsider) -> None:
        anna, bob = sit_down("--name", "anna"), sit_down("--name", "bob")
        for typist, name in ((anna, "anna"), (bob, "bob")):
            typist.sees_that(lambda seen, name=name: seen[-1:] == [f"{name} >"], "for the prompt")  # type: ignore[misc]
        outsider.says("carl", "hi")
        anna.sees_that(lambda seen: " [carl]: hi" in seen, "to hear carl")
        bob.type("/nick anna\r")
        warning = "Somebody else here is called anna, too; /nick NAME gives you another name."
        bob.sees_that(lambda seen: warning in seen, "for a warning")
        bob.type("/nick \x1b\r/nick bert\r".replace("\x1b", "n" * 256))
        bob.sees_that(lambda seen: "You are bert now." in seen, "for the new name")
        assert any(line.startswith("A name has 1 to 255 bytes, and this one has 256.") for line in bob.screen.lines)
        bob.type("/help\r")
        bob.sees_that(lambda seen: any("//help says /help." in line for line in seen), "for help")
        anna.type("/who\r")
        anna.sees_that(lambda seen: "Here: anna (you), bert" in seen, "to see who is here")
        anna.sees_that(lambda seen: "Spoke lately, and did not answer: carl" in seen, "to see who did not answer")
        anna.type("/start\r//who\r")
        assert outsider.hears() == ("carl", "hi")
        assert outsider.hears() == ("anna", "/start")
        assert outsider.hears() == ("anna", "/who")
        outsider.hears_nothing_before("carl", "and no presence was to be heard")
        for typist in (anna, bob):
            typist.type("\x04")
            typist.ends()

    def test_sigterm_gives_the_terminal_back(self, sit_down: Callable[..., Typist]) -> None:
        anna = sit_down("--name", "anna")
        anna.sees_that(lambda seen: seen[-1:] == ["anna >"], "for the prompt")
        anna.process.send_signal(signal.SIGTERM)
        anna.ends()

    def test_on_a_pipe_it_is_lines(self, tmp_path: Path, more: dict[str, str], outsider: Outsider) -> None:
        with Talk(tmp_path, "room", "join", "--name", "anna", more=more) as anna:
            anna.hear_until(WELCOME)
            anna.say("hello")
            assert anna.hear() == " [anna]: hello"
            assert outsider.hears() == ("anna", "hello")
            anna.say("/who")
            anna.end_input()
            assert anna.rest() == ["Here: anna (you)", "Goodbye!"]
            assert anna.code() == 0
