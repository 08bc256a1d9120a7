"""A process that owns a store: it writes one conversation a commit and reports each number once its commit is done.

Run as ``python owner.py PATH COUNT``: it goes on until it is killed, or has done ``COUNT`` commits and its input ends.
"""

import asyncio
import sys

from chinwag.core.errors import StoreError
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.contract.store_rows import NOW, batch, birth, end, place, row, saying


async def own(path: str, count: int) -> None:
    store = SqliteStore(path)
    counters = await store.open()
    report("open")
    for number in range(counters.conversation + 1, counters.conversation + count + 1):
        where = place(str(number))
        turn = batch(
            births=[birth(number, where)], journal=[row(number, 0, "x" * (number % 700))], outbox=[saying(number)]
        )
        turn.timers.append((number, NOW + number))
        if number % 2:
            turn.ends.append(end(number, where))
        await store.commit(turn)
        report(str(number))
    await asyncio.to_thread(sys.stdin.read)
    await store.close()


def report(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        asyncio.run(own(sys.argv[1], int(sys.argv[2])))
    except StoreError as error:
        sys.exit(f"{type(error).__name__}: {error}")
