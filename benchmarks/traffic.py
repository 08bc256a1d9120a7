"""What the simulated users say: Telegram-shaped JSON bytes, and users who wait for their answers.

Owns the users' side of the two-question conversation. Each user sends three messages, in order: the opening, a number,
a word; to each he expects one answer. Knows nothing of the system that answers: that gives a ``feed`` that takes one
update's bytes, and calls ``on_send`` with each message that it hands over to the network.

``feed`` must only queue: it is called from within ``on_send``, and a system that answered in there would recurse.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Feed: TypeAlias = Callable[[bytes], object]

TURNS = 3
FIRST_QUESTION = "How many?"
SECOND_QUESTION = "Of what?"
CLOSING = "{number} {word}, noted."
TIMEOUT = 30.0
"""Seconds that either question waits."""
WORDS = ("apples", "pears", "plums", "quinces", "medlars", "cherries", "figs")


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the two-question bench is run: every system alike, so that their figures may be compared."""

    users: int
    few_under_way: int
    many_under_way: int


FULL = Scale(users=10_000, few_under_way=1_000, many_under_way=5_000)
QUICK = Scale(users=1_000, few_under_way=100, many_under_way=500)


def update_body(user: int, message: int, text: str, date: int) -> bytes:
    """Write a private text message as Telegram sends it, all but the opening brace and the update's id.

    Args:
        user: Telegram's id of the user, and of the chat with him.
        message: the message's id within the chat.
        text: printable, without quote or backslash; "/start" and the like are marked as commands.
        date: seconds since 1970.

    Example:
        >>> b'{"update_id":7,' + update_body(42, 1, "go", 1_800_000_000)
        b'{"update_id":7,"message":{"message_id":1,"from":{"id":42,"is_bot":false,"first_name":"Ann","username":"u42",\
"language_code":"en"},"chat":{"id":42,"first_name":"Ann","username":"u42","type":"private"},"date":1800000000,\
"text":"go"}}'
    """
    who = f'"first_name":"Ann","username":"u{user}"'
    command = f',"entities":[{{"offset":0,"length":{len(text)},"type":"bot_command"}}]' if text[0] == "/" else ""
    return (
        f'"message":{{"message_id":{message},"from":{{"id":{user},"is_bot":false,{who},"language_code":"en"}},'
        f'"chat":{{"id":{user},{who},"type":"private"}},"date":{date},"text":"{text}"{command}}}}}'
    ).encode()


def update_bytes(update: int, body: bytes) -> bytes:
    """Put the update's id (rising in the order of arrival, as Telegram's do) before what ``update_body`` made.

    Example:
        >>> update_bytes(7, b'"message":{}}')
        b'{"update_id":7,"message":{}}'
    """
    return b'{"update_id":%d,%b' % (update, body)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who speaks, and what is said. The same values give the same traffic, byte for byte.

    Args:
        users: how many.
        seed: of the order in which they come.
        opening: the first message of each: "/start", or a text such as "go".
        date: seconds since 1970, Telegram's time of every message.
        first_user: Telegram's id of the first user; the others follow.
        first_update: the update's id of the first message; the others follow in the order of arrival.

    Example:
        >>> Traffic(users=2, first_user=42).texts(1), Traffic(users=2, first_user=42).closing(1)
        (('/start', '2', 'pears'), '2 pears, noted.')
    """

    users: int = 10_000
    seed: int = 1
    opening: str = "/start"
    date: int = 1_767_225_600
    first_user: int = 1_000_000
    first_update: int = 1

    @property
    def messages(self) -> int:
        """How many messages all the users send together, and how many they get."""
        return TURNS * self.users

    def circumstances(self, under_way: int) -> dict[str, int | bool]:
        """Give the details by which a figure of this traffic is compared with another's, as ``report`` wants them."""
        return {"users": self.users, "messages": self.messages, "shuffled": True, "under_way": under_way}

    def texts(self, index: int) -> tuple[str, str, str]:
        """Give what the user of this index (from 0) says."""
        return self.opening, str(index + 1), WORDS[index % len(WORDS)]

    def closing(self, index: int) -> str:
        """Give what the user of this index has to read last, if the system did its work."""
        return CLOSING.format(number=index + 1, word=WORDS[index % len(WORDS)])

    def bodies(self) -> list[bytes]:
        """Write all updates without their ids: the three of the first user, the three of the second, and so on."""
        return [
            update_body(self.first_user + index, 2 * turn + 1, text, self.date)
            for index in range(self.users)
            for turn, text in enumerate(self.texts(index))
        ]

    def shuffled(self) -> list[int]:
        """Give the users' indexes, each three times, in random order: who speaks next in a closed loop."""
        plan = [index for index in range(self.users) for _ in range(TURNS)]
        random.Random(self.seed).shuffle(plan)
        return plan

    def spaced(self) -> list[int]:
        """Give the users' indexes, each three times, shuffled, but with most users between two messages of one.

        An open loop does not wait for answers. In an order shuffled throughout some users would say their second
        sentence within the millisecond of their first, which nobody does.
        """
        chance = random.Random(self.seed)
        people = list(range(self.users))
        chance.shuffle(people)
        block = max(self.users // 5, 1)
        plan = list(people)
        for _ in range(TURNS - 1):
            for begin in range(0, self.users, block):
                neighbours = people[begin : begin + block]
                chance.shuffle(neighbours)
                plan += neighbours
        return plan


class ClosedLoop:
    """Users who wait for their answer, and no more than ``under_way`` messages that wait for theirs.

    Whose turn it is is planned, shuffled over all users. Who has not been answered yet when his turn comes speaks as
    soon as he is; so each user's messages stay in order, and no message is sent ahead of the question it answers.

    Args:
        traffic: who speaks.
        under_way: messages handed over and not yet answered, at most.
        feed: takes each update's bytes; must only queue them.

    Example:
        >>> queue = []
        >>> loop = ClosedLoop(Traffic(users=2), under_way=1, feed=queue.append)
        >>> loop.start()
        >>> len(queue), loop.done
        (1, False)
    """

    __slots__ = ("_bodies", "_feed", "_heard", "_owed", "_plan", "_said", "_under_way", "_update", "_waits", "answered")

    def __init__(self, traffic: Traffic, under_way: int, feed: Feed) -> None:
        """Prepare every message; nothing is handed over before ``start``."""
        self._bodies = traffic.bodies()
        self._plan = iter(traffic.shuffled())
        self._feed = feed
        self._under_way = min(under_way, traffic.users)
        self._update = traffic.first_update
        self._said = bytearray(traffic.users)
        self._waits = bytearray(traffic.users)
        self._owed = bytearray(traffic.users)
        self._heard = Heard(traffic)
        self.answered = 0

    @property
    def done(self) -> bool:
        """Whether every message was answered."""
        return self.answered == len(self._bodies)

    def start(self) -> None:
        """Hand over as many messages as may be under way."""
        for _ in range(self._under_way):
            self._next_in_plan()

    def on_send(self, user: int, text: str) -> None:
        """Take ``text``, which the system handed over for Telegram's ``user``; may feed the next message."""
        self.answered += 1
        index = self._heard(user, text)
        if self._owed[index]:
            self._owed[index] -= 1
            self._speak(index)
        else:
            self._waits[index] = False
            self._next_in_plan()

    def check(self) -> None:
        """See that everybody got all his answers, the last of them right.

        Raises:
            AssertionError: somebody did not, so what was measured was not the work.
        """
        self._heard.check()

    def _next_in_plan(self) -> None:
        waits = self._waits
        for index in self._plan:
            if not waits[index]:
                waits[index] = True
                self._speak(index)
                return
            self._owed[index] += 1

    def _speak(self, index: int) -> None:
        said = self._said[index]
        self._said[index] = said + 1
        update = self._update
        self._update = update + 1
        self._feed(b'{"update_id":%d,%b' % (update, self._bodies[TURNS * index + said]))


class Heard:
    """What every user has read: how many messages, and the last of them.

    Example:
        >>> heard = Heard(Traffic(users=1, first_user=42))
        >>> [heard(42, text) for text in ("How many?", "Of what?", "1 apples, noted.")]
        [0, 0, 0]
        >>> heard.check()
    """

    __slots__ = ("_first", "_traffic", "count", "last")

    def __init__(self, traffic: Traffic) -> None:
        """Nobody has read anything."""
        self._traffic = traffic
        self._first = traffic.first_user
        self.count = bytearray(traffic.users)
        self.last = [""] * traffic.users

    def __call__(self, user: int, text: str) -> int:
        """Let Telegram's ``user`` read ``text``; gives the user's index."""
        index = user - self._first
        self.count[index] += 1
        self.last[index] = text
        return index

    def check(self) -> None:
        """See that everybody got three answers, the last of them right.

        Raises:
            AssertionError: the first user who did not, with what he read last.
        """
        for index, (count, last) in enumerate(zip(self.count, self.last, strict=True)):
            if count != TURNS or last != self._traffic.closing(index):
                message = f"user {index} read {count} messages, last {last!r}, not {self._traffic.closing(index)!r}"
                raise AssertionError(message)
