# pyright: reportMissingImports=false
"""DBOS on SQLite: a workflow that receives, each message to the user a step, each answer sent with an idempotency key.

As its documentation shows: asynchronous workflows, which hold no thread while they wait. Its file is set to WAL
beforehand and it polls every 10 ms instead of every second; both are faster than what it does if nothing is set.
Its version of the application is a digest of the workflows' source, and workflows of another version are left alone.
``FIXED`` is the same with a version that does not change, as its documentation says for its patching strategy.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from dbos import DBOS, SetWorkflowID

from benchmarks.comparison import scripts
from benchmarks.comparison.shape import Peer, Setting, Tasks, number, texts
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION

Workflow: TypeAlias = Callable[[int], Awaitable[None]]

VERSION = version("dbos")
POLL = 0.01
PATIENCE = 3.0
"""Seconds after which nothing more is expected: DBOS does not tell when it is done."""

_told: list[Callable[[int, str], None]] = []


async def _tell(user: int, text: str) -> None:
    _told[-1](user, text)


async def _look_up(topic: str) -> str:
    return scripts.look_up(topic)


tell = DBOS.step(name="tell")(_tell)
look_up = DBOS.step(name="look_up")(_look_up)


async def ask(user: int, question: str, wait: float = scripts.WAIT) -> Any:
    """Say the question, and receive the answer."""
    await tell(user, question)
    return await DBOS.recv_async(timeout_seconds=wait)


async def two(user: int) -> None:
    """Ask two questions, each with a timeout."""
    count = number(await ask(user, FIRST_QUESTION, scripts.BRIEFLY))
    word = await ask(user, SECOND_QUESTION, scripts.BRIEFLY)
    await tell(user, CLOSING.format(number=count, word=word))


async def two_patient(user: int) -> None:
    """Ask two questions, and wait for weeks."""
    count = number(await ask(user, FIRST_QUESTION))
    word = await ask(user, SECOND_QUESTION)
    await tell(user, CLOSING.format(number=count, word=word))


async def loop(user: int) -> None:
    """Ask on and on."""
    while True:
        await ask(user, scripts.MORE)


async def plain(user: int) -> None:
    """The interview at first."""
    name = await ask(user, scripts.NAME)
    city = await ask(user, scripts.CITY)
    await tell(user, scripts.plain(name, city))


async def inserted(user: int) -> None:
    """With a question inserted before the others."""
    age = await ask(user, scripts.AGE)
    name = await ask(user, scripts.NAME)
    city = await ask(user, scripts.CITY)
    await tell(user, scripts.inserted(age, name, city))


async def swapped(user: int) -> None:
    """With its two questions swapped."""
    city = await ask(user, scripts.CITY)
    name = await ask(user, scripts.NAME)
    await tell(user, scripts.plain(name, city))


async def stepped(user: int) -> None:
    """With a step."""
    name = await ask(user, scripts.NAME)
    weather = await look_up("weather")
    city = await ask(user, scripts.CITY)
    await tell(user, scripts.stepped(name, city, weather))


async def other_step(user: int) -> None:
    """With the same step inserted with another argument."""
    name = await ask(user, scripts.NAME)
    news = await look_up("news")
    weather = await look_up("weather")
    city = await ask(user, scripts.CITY)
    await tell(user, scripts.other_step(name, city, weather, news))


SCRIPTS: dict[str, Workflow] = {
    scripts.TWO: two,
    scripts.PATIENT: two_patient,
    scripts.LOOP: loop,
    scripts.PLAIN: plain,
    scripts.INSERTED: inserted,
    scripts.SWAPPED: swapped,
    scripts.STEPPED: stepped,
    scripts.OTHER_STEP: other_step,
}


class DbosPeer(Tasks):
    """Workflows by the user's id. DBOS cannot be asked whether it is done, so it is given time."""

    async def quiet(self) -> None:
        """Wait until everything is sent to its workflow, and the time that the workflow may take."""
        await super().quiet()
        await asyncio.sleep(PATIENCE)

    async def trouble(self) -> str:
        """What the workflows' status and errors say."""
        said = [await super().trouble()]
        for found in await DBOS.list_workflows_async():
            if found.status == "ERROR":
                said.append(f"{type(found.error).__name__}: {found.error}")
            elif found.status == "PENDING" and found.app_version != DBOS.application_version:
                said.append("left PENDING: its workflow is of another application version")
        return "; ".join(filter(None, said))


async def open_peer(setting: Setting, **config: Any) -> Peer:
    """Start DBOS on a database in the folder."""
    workflow = DBOS.workflow(name="conversation")(SCRIPTS[setting.script])
    _told.append(setting.sent)
    _launch(setting.folder / "dbos.db", config)

    async def handle(data: bytes) -> None:
        user, text, update = texts(data)
        if text == "/start":
            with SetWorkflowID(str(user)):
                await DBOS.start_workflow_async(workflow, user)
        else:
            await DBOS.send_async(str(user), text, idempotency_key=str(update))

    async def end() -> None:
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)

    return DbosPeer(handle, end, at_once=True)


async def open_fixed(setting: Setting) -> Peer:
    """Start DBOS with a version of the application that stays."""
    return await open_peer(setting, application_version="1")


def _launch(path: Path, config: dict[str, Any]) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
    DBOS(
        config={
            "name": "peers",
            "system_database_url": f"sqlite:///{path}",
            "log_level": "CRITICAL",
            "notification_listener_polling_interval_sec": POLL,
            **config,
        }
    )
    DBOS.launch()
