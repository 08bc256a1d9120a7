"""What a network keeps in the store: it is there after a crash, once it was said to be durable."""

import asyncio
from pathlib import Path

from chinwag import Bot, Chat
from chinwag.ports import Memory
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing import SimulatedNetwork

bot = Bot("keeper")


@bot.always()
async def stand(chat: Chat) -> None:
    """Have data of its own."""
    chat.data["place"] = "mine"
    await chat.sleep(1000)


class Remembers(SimulatedNetwork):
    memory: Memory

    def remember_in(self, memory: Memory) -> None:
        self.memory = memory


def build(path: Path, *names: str) -> tuple[Worker, list[Remembers]]:
    networks = [Remembers() for _ in names]
    accounts = [Account(name, bot, network) for name, network in zip(names, networks, strict=True)]
    return Worker(SqliteStore(str(path)), accounts, RealClock(asyncio.get_running_loop())), networks


async def test_what_is_kept_is_there_again_and_each_account_has_its_own(tmp_path: Path) -> None:
    worker, (one, two) = build(tmp_path / "a.db", "mastodon:one", "mastodon:two")
    await worker.start()
    assert await one.memory.recall() == {}
    await one.memory.keep("place", "7")
    await asyncio.gather(one.memory.keep("place", "8"), one.memory.keep("count", {"posts": 3}))
    await two.memory.keep("place", "9")
    await worker.stop()
    worker, (one, two) = build(tmp_path / "a.db", "mastodon:one", "mastodon:two")
    await worker.start()
    assert await one.memory.recall() == {"place": "8", "count": {"posts": 3}}
    assert await two.memory.recall() == {"place": "9"}
    await worker.stop()


async def test_what_could_not_be_written_is_written_again(tmp_path: Path) -> None:
    worker, (one,) = build(tmp_path / "a.db", "mastodon:one")
    await worker.start()
    await worker.quiet()
    store, fails = worker.store, [True]
    commit = store.commit

    class Failing:
        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        async def commit(self, batch: object) -> None:
            if fails and fails.pop():
                raise OSError("the disk is away")
            await commit(batch)  # type: ignore[arg-type]

    worker.store = Failing()  # type: ignore[assignment]
    worker.pauses = (0.0,)
    async with asyncio.timeout(20):
        await one.memory.keep("place", "7")
    assert await one.memory.recall() == {"place": "7"}
    worker.store = store
    await worker.stop()
