"""Who takes a message: rule by rule, in the order of the rules."""

from collections import deque
from typing import Any

import pytest
from tests.core.stage import ADDRESS, SEED, START, Stage

from chinwag import Bot, Chat, Message, Texts
from chinwag.core.conversation import Conversation, Manner
from chinwag.core.engine import Accepted, Engine, Refused
from chinwag.core.routing import (
    LARGEST_MAILBOX,
    Answer,
    Begin,
    Cancel,
    Drop,
    Enlist,
    Keep,
    Reply,
    Route,
    cancellable,
    enlists,
    route,
)
from chinwag.core.values import Arrival, Attachment


async def order(chat: Chat) -> None:
    """Order a pizza."""
    await chat.ask("What?")


async def echo(chat: Chat) -> None:
    await chat.say(chat.message.text)


def bot(**more: Any) -> Bot:
    made = Bot("shop", fallback="Say /order.", texts=Texts(idle="Nothing runs.", busy="Busy."), **more)
    made.on_command("order")(order)
    made.on_command("help_me", busy="Still helping.")(echo)
    made.on_text(" Pizza ")(order)
    return made


def arrival(text: str, **more: Any) -> Arrival:
    return Arrival("test:bot", "room", more.pop("user", "ann"), text, **more)


def live(code: Any, number: int = 1, *, attended: bool = True, at: int = START) -> Conversation:
    """A conversation that has begun."""
    conversation = Conversation(number, code.__qualname__, code, (), ADDRESS, SEED, attended=attended)
    Engine(Stage(code).numbers).begin(conversation, at)
    return conversation


async def sleeps(chat: Chat) -> None:
    await chat.sleep(9)


async def asks_int(chat: Chat) -> None:
    await chat.ask("How many?", int)


async def asks_quietly(chat: Chat) -> None:
    await chat.ask("How many?", int, retry=None, timeout=9)


async def asks_bob(chat: Chat) -> None:
    await chat.ask("Bob?", from_="bob")


async def asks_two(chat: Chat) -> None:
    await chat.first(chat.ask("one?"), chat.ask("two?", int, retry=None, timeout=9), chat.sleep(3))


async def listens_to_bob(chat: Chat) -> None:
    await chat.listen(from_="bob")


def begun(found: Route) -> tuple[str, Message]:
    assert isinstance(found, Begin), found
    return found.definition.name, found.message


# ---------------------------------------------------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("/order", ""),
        ("/ORDER two  pizzas ", "two  pizzas"),
        ("/order@shop_bot one", "one"),
        ("/order\none\ntwo", "one\ntwo"),
    ],
)
def test_a_command_begins_its_conversation(text: str, arguments: str) -> None:
    assert begun(route(bot(), arrival(text), [])) == ("order", Message(text, "ann", "", arguments))


def test_a_command_comes_before_an_open_question() -> None:
    assert begun(route(bot(), arrival("/order"), [live(asks_int)]))[0] == "order"


def test_a_command_whose_conversation_runs_is_busy() -> None:
    assert route(bot(), arrival("/order"), [live(order)]) == Reply("Busy.")
    assert route(bot(), arrival("/help_me"), [Conversation(1, "echo", echo, (), ADDRESS, SEED)]) == Reply(
        "Still helping."
    )


def test_help_lists_and_cancel_means_the_youngest_attended() -> None:
    assert route(bot(), arrival("/help"), []) == Reply(bot().help())
    assert route(bot(), arrival("/cancel"), []) == Reply("Nothing runs.")
    one, two, three = live(order), live(order, 2), live(sleeps, 3, attended=False)
    assert route(bot(), arrival("/Cancel now"), [one, two, three]) == Cancel(two)
    assert cancellable([three]) is three
    own = bot()
    own.on_command("cancel")(echo)
    assert begun(route(own, arrival("/cancel"), [one]))[0] == "echo"


@pytest.mark.parametrize("text", ["/", "/ order", "/nothing", "//order", "/@shop", "/\n"])
def test_other_text_with_a_slash_is_text(text: str) -> None:
    assert route(bot(), arrival(text), []) == Reply("Say /order.")
    found = route(bot(), arrival(text), [live(order)])
    assert isinstance(found, Answer)
    assert found.offer == Accepted(text, text)


# --------------------------------------------------------------------------------------------------------- questions


def test_an_open_question_takes_an_answer_and_claims_bad_input() -> None:
    asked = live(asks_int)
    found = route(bot(), arrival("7"), [asked])
    assert isinstance(found, Answer)
    assert (found.conversation, found.branch, found.offer) == (asked, asked.root, Accepted(7, 7))
    claimed = route(bot(), arrival("pizza"), [asked])
    assert isinstance(claimed, Answer)
    assert claimed.offer == Refused("", again=True)


def test_a_question_that_ignores_bad_input_passes_it_on() -> None:
    asked = live(asks_quietly, attended=False)
    assert begun(route(bot(), arrival("PIZZA"), [asked]))[0] == "order"
    assert route(bot(), arrival("hm"), [asked]) == Reply("Say /order.")
    assert isinstance(route(bot(), arrival("7"), [asked]), Answer)


def test_the_question_asked_last_comes_first() -> None:
    old, new = live(asks_int, 1, at=START + 5), live(asks_quietly, 2, at=START)
    found = route(bot(), arrival("7"), [old, new])
    assert isinstance(found, Answer)
    assert found.conversation is old
    passed = route(bot(), arrival("x"), [live(order, 1), live(asks_quietly, 2, at=START + 5)])
    assert isinstance(passed, Answer)
    assert passed.conversation.number == 1


def test_a_question_is_found_behind_a_conversation_that_asks_nothing() -> None:
    found = route(bot(), arrival("7"), [live(sleeps), live(asks_int, 2)])
    assert isinstance(found, Answer)
    assert found.conversation.number == 2


def test_a_question_that_means_another_user_hides_none_before_it() -> None:
    found = route(bot(), arrival("7", user="eve"), [live(asks_int), live(asks_bob, 2, at=START + 5)])
    assert isinstance(found, Answer)
    assert found.conversation.number == 1


def test_the_branches_of_one_conversation_are_asked_the_last_first() -> None:
    two = live(asks_two)
    for text, path in (("7", "0.1.0"), ("x", "0.0.0")):
        found = route(bot(), arrival(text), [two])
        assert isinstance(found, Answer)
        assert found.branch.path == path


@pytest.mark.parametrize("code", [asks_bob, listens_to_bob])
def test_a_question_may_mean_one_user_and_the_others_are_never_kept(code: Any) -> None:
    asked = live(code)
    found = route(bot(), arrival("hi", user="bob"), [asked])
    assert isinstance(found, Answer)
    assert route(bot(), arrival("hi", user="eve"), [asked]) == Drop("a question is open here, for somebody else")
    assert begun(route(bot(), arrival("pizza", user="eve"), [asked]))[0] == "order"
    assert route(bot(), arrival("hi", user="eve"), [live(code, attended=False)]) == Reply("Say /order.")


def test_numbered_networks_take_an_index() -> None:
    async def chooses(chat: Chat) -> None:
        await chat.choose("Size?", ["small", "large"])

    asked = live(chooses)
    asked.manner = Manner(numbered=True)
    found = route(bot(), arrival("1"), [asked])
    assert isinstance(found, Answer)
    assert found.offer == Accepted(["large", 1], "large")


async def hears_edits(chat: Chat) -> None:
    await chat.listen(edits=True)


async def chooses_inline(chat: Chat) -> None:
    await chat.choose("Size?", ["small", "large"], inline=True)


NOT_HEARD = Drop("no open question hears of it")


def test_an_edit_is_heard_only_where_edits_are() -> None:
    found = route(bot(), arrival("pizza", event="edit"), [live(sleeps), live(hears_edits, 2), live(order, 3)])
    assert isinstance(found, Answer)
    assert found.conversation.number == 2
    for code in (order, sleeps, chooses_inline):
        assert route(bot(), arrival("pizza", event="edit"), [live(code)]) == NOT_HEARD
    assert route(bot(), arrival("/order", event="edit"), []) == NOT_HEARD


def test_a_button_answers_the_message_that_it_stands_at() -> None:
    asked = live(chooses_inline)
    (branch,) = asked.questions()
    pressed = {"event": "button", "target": branch.prompt}
    found = route(bot(), arrival("1", **pressed), [asked])
    assert isinstance(found, Answer)
    assert found.offer == Accepted(["large", 1], "large")
    for target in (branch.prompt + 1, 0):
        assert route(bot(), arrival("1", event="button", target=target), [asked]) == NOT_HEARD
    branch.prompt = 0
    assert route(bot(), arrival("1", event="button", target=0), [asked]) == NOT_HEARD
    assert route(bot(), arrival("7", **pressed), [live(asks_int)]) == NOT_HEARD


# ------------------------------------------------------------------------------- triggers, mailbox, listener, fallback


def test_a_text_trigger_begins_unless_it_runs_already() -> None:
    assert begun(route(bot(), arrival("  piZZa\n"), [])) == ("order", Message("  piZZa\n", "ann"))
    sleeping = Conversation(1, "order", order, (), ADDRESS, SEED, attended=True)
    assert route(bot(), arrival("pizza"), [sleeping]) == Keep(sleeping)


def test_the_mailbox_of_the_youngest_attended_conversation_keeps_it() -> None:
    one, two, three = live(sleeps), live(sleeps, 2), live(sleeps, 3, attended=False)
    assert route(bot(), arrival("hi"), [one, two, three]) == Keep(two)
    assert route(bot(), arrival("hi"), [three]) == Reply("Say /order.")
    two.mail = deque([(n, arrival("x")) for n in range(LARGEST_MAILBOX - 1)])
    assert route(bot(), arrival("hi"), [one, two]) == Keep(two)
    two.mail.append((0, arrival("x")))
    assert route(bot(), arrival("hi"), [two]) == Drop("the mailbox of conversation 2 (sleeps) is full")


def test_a_diverged_conversation_keeps_what_comes() -> None:
    shell = Conversation(1, "order", None, (), ADDRESS, SEED, attended=True)
    assert route(bot(), arrival("7"), [shell]) == Keep(shell)


def test_on_message_takes_the_rest_unless_it_runs_already() -> None:
    made = bot()
    made.on_message()(echo)
    assert begun(route(made, arrival("hi", attachments=(Attachment("file", b"x"),)), []))[0] == "echo"
    assert begun(route(made, arrival("hi"), [live(sleeps, attended=False)]))[0] == "echo"
    running = Conversation(1, "echo", echo, (), ADDRESS, SEED)
    assert route(made, arrival("hi"), [running]) == Reply("Say /order.")


def test_the_fallback_answers_in_direct_chats_only() -> None:
    assert route(bot(), arrival("hi"), []) == Reply("Say /order.")
    assert route(bot(), arrival("hi", direct=False), []) == Drop("nothing takes it")
    assert route(Bot("silent"), arrival("hi"), []) == Drop("nothing takes it")


def test_who_leaves_is_seen_off_by_another_than_who_joins_is_greeted_by() -> None:
    assert route(bot(), arrival("", event="leave"), []) == Drop("nothing begins by a leave")
    made = bot()
    made.on_join()(echo)
    made.on_leave()(sleeps)
    assert begun(route(made, arrival("", event="join"), []))[0] == "echo"
    assert begun(route(made, arrival("", event="leave"), []))[0] == "sleeps"


def test_who_joins_is_greeted() -> None:
    assert route(bot(), arrival("", event="join"), []) == Drop("nothing begins by a join")
    made = bot()
    made.on_join()(echo)
    assert begun(route(made, arrival("", event="join", name="Ann"), [live(order)])) == (
        "echo",
        Message("", "ann", "Ann"),
    )


# ---------------------------------------------------------------------------------------------- the list of recipients


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("/subscribe", Enlist("subscribe", "")),
        ("/Unsubscribe@shop", Enlist("unsubscribe", "")),
        ("/timezone@shop  Europe/Berlin ", Enlist("timezone", "Europe/Berlin")),
        ("/timezone Europe Berlin", Enlist("timezone", "Europe Berlin")),
    ],
)
def test_the_list_of_recipients_has_commands_where_a_bot_has_one(text: str, taken: Route) -> None:
    assert enlists(text)
    assert route(bot(subscribers=True), arrival(text), ()) == taken
    assert route(bot(), arrival(text), ()) == Reply("Say /order.")


@pytest.mark.parametrize("text", ["/", "/subscribed", "/timezones UTC"])
def test_what_is_no_command_of_the_list(text: str) -> None:
    assert not enlists(text)
    assert route(bot(subscribers=True), arrival(text), ()) == Reply("Say /order.")
