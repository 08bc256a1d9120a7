"""Who gets what schedules start: the settings' recipients, and the people who write themselves into a durable list.

Owns the list, and the rows of each recipient: one for every schedule of the bot, with the next run by the wall clock of
the recipient's zone. Beside them a *mark* says what a person wants: a row without a name, which is never due. What a
person says weighs more than the settings, in both directions.

Rules: a change takes effect with its commit. At a start rows are compared with bot, settings and zone data; where there
are many, page by page, and only if one of these has changed since the last time. A run that is due already stays due.
"""

import hashlib
import zoneinfo
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw, Struct

from chinwag.core.errors import UsageError
from chinwag.core.routing import SUBSCRIBE, UNSUBSCRIBE
from chinwag.core.schedules import Schedule, next_run, to_text, zone
from chinwag.ports import Batch, Planned
from chinwag.runtime.account import Account

if TYPE_CHECKING:
    from chinwag.runtime.planner import Planner

GONE, SUBSCRIBED, ZONED, NAMED = range(4)
"""What a mark says, in its anchor: wants nothing, wants it, has said a zone, stands in the settings under a name."""
PAGE = 2_000
EDITION = "schedules"
FIRST = ("", "", "")


class Wish(Struct, frozen=True):
    """Whether somebody is a recipient, and in which zone."""

    wanted: bool
    zone: str


class Recipients:
    """The recipients of all accounts.

    Args:
        planner: has the numbers, the clock and the store.
    """

    __slots__ = ("planner",)

    def __init__(self, planner: "Planner") -> None:
        self.planner = planner

    # -- what people say ----------------------------------------------------------------------------------------------

    def obey(self, account: Account, place: str, command: str, argument: str) -> str:
        """Do what somebody wants of the list.

        Args:
            account: the bot's.
            place: their address.
            command: subscribe, unsubscribe or timezone.
            argument: what stands behind it.

        Returns:
            The answer.
        """
        rows = self.planner.worker.decider.reading.schedules.get(place, [])
        wish = _wish(account, rows, _given(account).get(place))
        texts = account.bot.texts
        if command == UNSUBSCRIBE:
            self._note(account, rows, place, GONE, wish.zone)
            return texts.unsubscribed
        name = argument or wish.zone
        try:
            zone(name)
        except UsageError as error:
            words = str(error)
            return f"{words[:1].upper()}{words[1:]}"
        if command == SUBSCRIBE:
            self._note(account, rows, place, SUBSCRIBED, name)
            return texts.subscribed.replace("{zone}", name)
        if argument:
            mark = _mark(rows)
            self._note(account, rows, place, ZONED if mark is None else mark.anchor, name)
        return texts.timezone.replace("{zone}", name)

    def found(self, account: Account, place: str, name: str) -> None:
        """A recipient of the settings was found by name.

        Args:
            account: the bot's.
            place: the address.
            name: as the settings have it.
        """
        rows = self.planner.worker.decider.reading.schedules.get(place, [])
        own_zone = dict(account.named).get(name)
        if own_zone is not None and not any(not row.name and row.spec == name for row in rows):
            mark = Planned(self.planner.new_number(), "", place, own_zone, name, 0, NAMED)
            self._change(account, [*rows, mark], place, [mark])

    def _note(self, account: Account, rows: Sequence[Planned], place: str, says: int, zone_name: str) -> None:
        mark = _mark(rows)
        number = mark.number if mark is not None else self.planner.new_number()
        new = Planned(number, "", place, zone_name, "", 0, says)
        self._change(account, [*(row for row in rows if row is not mark), new], place, [new])

    def _change(self, account: Account, rows: Sequence[Planned], place: str, marks: list[Planned]) -> None:
        """Put what follows from a wish into the draft; whatever comes next is decided behind its commit."""
        worker = self.planner.worker
        wish = _wish(account, rows, _given(account).get(place))
        changed, gone = self._rows(account, rows, place, wish, worker.decider.now)
        draft = worker.draft
        for row in (*marks, *changed):
            draft.batch.schedules.append(_row(row))
            draft.planned.append(row)
        for row in gone:
            draft.batch.unscheduled.append((row.number,))
            draft.planned.append(msgspec.structs.replace(row, due=0))
        draft.rows += len(marks) + len(changed) + len(gone)
        worker.settle_first()

    # -- what the settings say ----------------------------------------------------------------------------------------

    async def reconcile(self, account: Account) -> None:
        """An account comes: give each recipient a row for every schedule, drop rows of what is no more.

        Raises:
            StoreError: if the store cannot be read, or takes no commit.
        """
        store, key = self.planner.worker.store, f"{account.name}//"
        few = len(account.recipients) < PAGE and len(await store.schedules_of(account.name, FIRST, PAGE)) < PAGE
        edition = "" if few else edition_of(account)
        if edition and (await store.data([key])).get(key, {}).get(EDITION) == edition:
            return
        now = self.planner.worker.now
        batch = Batch()
        async for place, rows, given in self._everybody(account):
            kept = [row for row in rows if row.name or not row.spec or _is_named(account, row)]
            changed, gone = self._rows(account, kept, place, _wish(account, kept, given), now)
            batch.schedules += map(_row, changed)
            batch.unscheduled += [(row.number,) for row in (*gone, *(row for row in rows if row not in kept))]
            if len(batch) >= PAGE:
                await store.commit(batch)
                batch = Batch()
        if edition:
            batch.writes[key, EDITION] = (key, EDITION, Raw(msgspec.json.encode(edition)))
        if batch:
            await store.commit(batch)

    async def _everybody(self, account: Account) -> AsyncIterator[tuple[str, list[Planned], str | None]]:
        """Everybody who has rows, or stands in the settings, in order of addresses: rows, and the settings' zone."""
        given = _given(account)
        left = sorted(given)
        index = 0
        async for place, rows in self._stored(account):
            while index < len(left) and left[index] < place:
                yield left[index], [], given[left[index]]
                index += 1
            index += index < len(left) and left[index] == place
            yield place, rows, given.get(place)
        for place in left[index:]:
            yield place, [], given[place]

    async def _stored(self, account: Account) -> AsyncIterator[tuple[str, list[Planned]]]:
        after, rows = FIRST, list[Planned]()
        while page := await self.planner.worker.store.schedules_of(account.name, after, PAGE):
            after = (page[-1].address, page[-1].name, page[-1].spec)
            for row in page:
                if rows and rows[0].address != row.address:
                    yield rows[0].address, rows
                    rows = []
                rows.append(row)
        if rows:
            yield rows[0].address, rows

    def _rows(
        self, account: Account, rows: Sequence[Planned], place: str, wish: Wish, now: int
    ) -> tuple[list[Planned], list[Planned]]:
        """What changes for one recipient: rows that are new or move, and rows that go."""
        left = {(row.name, row.spec): row for row in rows if row.name}
        changed = []
        for (name, spec), (schedule, own_zone) in _wanted(account).items() if wish.wanted else ():
            row = left.pop((name, spec), None)
            in_zone = own_zone or wish.zone
            anchor = now if row is None else row.anchor
            if row is not None and row.zone == in_zone and 0 < row.due <= now:
                continue
            due = next_run(schedule, now, in_zone, anchor=anchor) or 0
            if row is None or (row.zone, row.due) != (in_zone, due):
                number = self.planner.new_number() if row is None else row.number
                changed.append(Planned(number, name, place, in_zone, spec, due, anchor))
        return changed, list(left.values())


def edition_of(account: Account) -> str:
    """A digest of all that the rows of an account follow from: schedules, the settings' recipients, zone data."""
    digest = hashlib.blake2b(digest_size=16)
    wanted = sorted((*key, own_zone or "") for key, (_, own_zone) in _wanted(account).items())
    for part in (wanted, sorted(account.recipients), sorted(account.named), account.zone, list(zone_data())):
        digest.update(msgspec.json.encode(part) + b"\n")
    return digest.hexdigest()


def zone_data() -> Iterator[str]:
    """What tells one version of the zone data from another, for each place that may have some."""
    for folder in zoneinfo.TZPATH:
        for name in ("+VERSION", "tzdata.zi", "tzdata"):  # what systems that build their own zones keep beside them
            found = Path(folder, name)
            if found.is_file():
                yield hashlib.blake2b(found.read_bytes(), digest_size=8).hexdigest()
        if Path(folder).is_dir():
            yield f"{folder} {Path(folder).stat().st_mtime_ns}"
    try:
        yield version("tzdata")
    except PackageNotFoundError:
        yield ""


def _wanted(account: Account) -> dict[tuple[str, str], tuple[Schedule, str | None]]:
    return {(d.definition.name, to_text(d.schedule)): (d.schedule, d.zone) for d in account.bot.scheduled}


def _given(account: Account) -> dict[str, str]:
    """The settings' recipients; who is named twice has the first zone."""
    return dict(reversed(account.recipients))


def _mark(rows: Sequence[Planned]) -> Planned | None:
    """What a person has said."""
    return next((row for row in rows if not row.name and not row.spec), None)


def _is_named(account: Account, row: Planned) -> bool:
    return any(name == row.spec for name, _ in account.named)


def _wish(account: Account, rows: Sequence[Planned], given: str | None) -> Wish:
    """Whether somebody is a recipient, and in which zone."""
    mark = _mark(rows)
    if given is None:
        given = next((row.zone for row in rows if not row.name and row.spec), None)
    if mark is None:
        return Wish(given is not None, given or account.zone)
    wanted = mark.anchor == SUBSCRIBED or (mark.anchor == ZONED and given is not None)
    return Wish(wanted, mark.zone)


def _row(row: Planned) -> tuple[int, str, str, str, str, int, int]:
    return (row.number, row.name, row.address, row.zone, row.spec, row.due, row.anchor)
