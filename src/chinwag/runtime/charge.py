"""One account in a shepherd's care: what it is made of, how it fares, what is shown of it.

``Plan`` is what a file says, ``Charge`` what has become of it, ``Line`` what an operator sees. Nothing here waits.
"""

import asyncio
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
from msgspec import Struct

from chinwag.core.conversation import Conversation
from chinwag.core.effects import Ask
from chinwag.core.errors import ChinwagError
from chinwag.core.state import State
from chinwag.ports import Budgeted
from chinwag.runtime.account import Account

if TYPE_CHECKING:
    from chinwag.runtime.lifecycle import Front
    from chinwag.runtime.worker import Worker

Fate = Literal["waiting", "starting", "running", "restarting", "stopped", "given up", "refused"]
"""``waiting`` for its turn to start; ``restarting`` after a failure; ``refused``: what it is made of is no good."""
LONGEST_SHOWN = 40


class Plan(Struct, frozen=True):
    """An account as a file wants it.

    Args:
        name: network and account, such as ``mastodon:blake``.
        build: makes it, anew for each start; its network is a ``Front``.
        digest: of all that it is made of; one that differs is another account.
        jitter: the longest wait before its first start, in microseconds.
        trouble: why it cannot be made at all; empty if it can.
    """

    name: str
    build: Callable[[], Account]
    digest: str = ""
    jitter: int = 0
    trouble: str = ""

    def made(self) -> Account:
        """Make it.

        Raises:
            ChinwagError: if it cannot be made.
        """
        if self.trouble:
            raise ChinwagError(self.trouble)
        return self.build()


class Charge(Struct, eq=False):
    """An account in care.

    Args:
        plan: what it is made of.
        fate: how it fares.
        due: when it starts next, in microseconds; 0 if it does not.
        since: when it started last, in microseconds.
        failures: quick ones, in a row.
        error: what went wrong last.
        account: while it is served.
        task: what is being done with it.
    """

    plan: Plan
    fate: Fate = "waiting"
    due: int = 0
    since: int = 0
    failures: int = 0
    error: str = ""
    account: Account | None = None
    task: "asyncio.Task[None] | None" = None

    @property
    def front(self) -> "Front":
        """Its network; only while it is served."""
        assert self.account is not None  # noqa: S101 - whoever asks has looked
        return cast("Front", self.account.network)


class Line(Struct, frozen=True, omit_defaults=True):
    """What an operator sees of one account.

    Args:
        account: its name.
        bot: the bot's name; empty if it could not be made.
        state: how it fares.
        doing: what always runs for it: the fields of its state, or what it waits for.
        next: when that goes on, in microseconds; 0 if that is not known.
        left: how much the network still lets it do; -1 if it has not said.
        of: of how much.
        resets: when it may do all of it again, in microseconds; 0 if that is not known.
        pending: how many messages it has to say.
        error: what went wrong last.
    """

    account: str
    bot: str = ""
    state: str = ""
    doing: str = ""
    next: int = 0
    left: int = -1
    of: int = 0
    resets: int = 0
    pending: int = 0
    error: str = ""


def lines(worker: "Worker", charges: list[Charge], failed: dict[str, str]) -> list[Line]:
    """What an operator sees of these accounts.

    Args:
        worker: serves those that run.
        charges: which.
        failed: by the address, which of its conversations have failed.
    """
    pending = worker.outbox.waiting()
    return [_line(worker, charge, pending, failed) for charge in charges]


def _line(worker: "Worker", charge: Charge, pending: dict[str, int], failed: dict[str, str]) -> Line:
    name, account = charge.plan.name, charge.account
    if account is None:
        return Line(name, state=charge.fate, next=charge.due, error=charge.error)
    standing = worker.table.here(account.standing)
    budget = account.network.budget if isinstance(account.network, Budgeted) else None
    return Line(
        name,
        account.bot.name,
        charge.fate,
        "; ".join(doing(conversation) for conversation in standing),
        min((due for conversation in standing if (due := conversation.earliest())), default=0),
        budget.left if budget is not None else -1,
        budget.of if budget is not None else 0,
        budget.resets if budget is not None else 0,
        pending.get(name, 0),
        failed.get(account.standing, "") or worker.delivery.troubles.get(name, "") or charge.error,
    )


def doing(conversation: Conversation) -> str:
    """What a conversation is at: the fields of its state, else what it waits for.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Recite(State):
    ...     position: int = 3
    ...     posts: int = 120
    >>> doing(Conversation(1, "Recite", Recite(), (), "mastodon:blake/-/-", b""))
    'position 3, posts 120'
    """
    state = conversation.entry
    if isinstance(state, type) and issubclass(state, State):  # it has not come to a checkpoint yet
        state = state(*conversation.arguments)
    if isinstance(state, State) and (shown := _fields(state)):
        return ", ".join(f"{name} {value}" for name, value in shown if not isinstance(value, bool) or value)
    waits = [branch.effect.text() if isinstance(branch.effect, Ask) else "" for branch in conversation.waits()]
    return f"{conversation.name} {waits[0][:LONGEST_SHOWN]}".strip() if waits else conversation.name


def _fields(state: Any) -> list[tuple[str, Any]]:
    """The fields of a state that fit into a table."""
    names = [field.name for field in fields(state)] if hasattr(state, "__dataclass_fields__") else []
    if isinstance(state, msgspec.Struct):
        names = list(state.__struct_fields__)
    found = [(name.replace("_", " "), getattr(state, name)) for name in names]
    return [(name, value) for name, value in found if isinstance(value, int | float) or _is_short(value)]


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SHOWN and value.isprintable()
