"""Starting and stopping, in stages: each stop stage has its own time limit, and stragglers are named."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Coroutine
from typing import Any

from companion.application.explain import NAMES
from companion.application.messages import Message
from companion.bootstrap.graph import Graph
from companion.bootstrap.options import Run
from companion.bootstrap.tables import METADATA
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.objects.keyboard_raffle.backup import forget_secret_seeds
from companion.runtime.blocking import run_blocking
from companion.runtime.transactions import StorageFailure
from companion.storage.engine import checkpoint
from companion.storage.prepare import NewerDatabase, Prepared, PrepareError, back_up, list_backups, prepare_database

BACKUP_EVERY_DAYS = 1
REFRESH_LIMIT = 12.0
STAGE_LIMIT = 5.0
_log = logging.getLogger("companion.lifecycle")


async def start_storage(graph: Graph, run: Run, clock: Clock) -> Result[None, Message]:
    """Prepare the database off the loop's thread, then load every object's state."""
    paths = run.paths
    prepared = await run_blocking(
        graph.foundation.worker,
        lambda: prepare_database(
            paths.database, backups=paths.backups, metadata=METADATA, clock=clock, cleanse=forget_secret_seeds
        ),
    )
    if isinstance(prepared, Err):
        return Err(_cannot_open(prepared.error))
    _tell_damage(graph, prepared.value)
    try:
        for login in graph.logins.all:
            _tell_set_aside(graph, f"The stored state of the {NAMES[login.provider]} login", login.start())
        _tell_set_aside(graph, "The stored state of the stream", graph.stream.lifecycle.load())
        _load_evening(graph)
    except StorageFailure as failure:
        # A table that is not as this Companion knows it, or a disk that cannot be read.
        return Err(_cannot_read(failure.detail))
    return Ok(None)


def _load_evening(graph: Graph) -> None:
    objects = graph.evening.objects
    _tell_set_aside(graph, "Whether everything was on hold", objects.hold.load())
    objects.rewards.load()
    objects.raids.load()
    objects.achievements.load()
    _tell_set_aside(graph, "Part of the chat commands", objects.commands.load())
    objects.songs.load()
    objects.raffle.load()


async def start_objects(graph: Graph) -> None:
    """Alarms, redelivery, and what an earlier run left undone."""
    objects = graph.evening.objects
    graph.stream.feed.load(graph.foundation.bus.recent(100))
    graph.foundation.bus.start()
    graph.foundation.alarms.start()
    graph.stream.playback.start()
    graph.foundation.reactions.begin()
    await graph.stream.lifecycle.resume()
    objects.songs.start()
    objects.sagas.start()
    graph.evening.inbox.start()


async def daily_backup(graph: Graph, run: Run, clock: Clock) -> None:
    """A copy of the database at most once a day, in the worker."""
    newest = next(iter(list_backups(run.paths.backups)), None)
    today = clock.now().strftime("%Y%m%d")
    if newest is not None and newest.name.startswith(f"companion-{today}"):
        return
    try:
        at = clock.now()
        await run_blocking(
            graph.foundation.worker,
            lambda: back_up(run.paths.database, run.paths.backups, at, cleanse=forget_secret_seeds),
        )
    except (OSError, sqlite3.Error) as error:
        _log.warning("no backup could be made: %s", error)
        text = "No backup of Companion's data could be made."
        graph.application.notice(Message(text, "", f"Check the disk ({error}).", "warn"))


async def stop(
    graph: Graph, run: Run, supervisor: TaskSupervisor, *, hurry: asyncio.Event, keep_session: bool = False
) -> None:
    """Stop in stages. A second quit (`hurry`) goes straight to the end; a kill at any line is safe anyway.

    A session that is offline for now ends with it, unless `keep_session`: then the next start goes on with it, or ends
    it when its resume window is over.

    A second call does nothing.
    """
    foundation, stream = graph.foundation, graph.stream
    if supervisor.closed:
        return
    foundation.reactions.end()
    graph.application.close()
    foundation.alarms.disarm()
    stream.playback.close()
    graph.evening.catch_up.close()
    objects = graph.evening.objects
    if not keep_session:
        await _stage(supervisor, "end the session", STAGE_LIMIT, hurry, stream.lifecycle.end_session())
    await _stage(supervisor, "pause the rewards", STAGE_LIMIT, hurry, objects.rewards.set_conditions(stopping=True))
    await _stage(supervisor, "park the sagas", STAGE_LIMIT, hurry, objects.sagas.stop(STAGE_LIMIT - 1))
    await _stage(supervisor, "reveal the raffle's seed", STAGE_LIMIT, hurry, objects.raffle.take_leave())
    # Before EventSub closes: a line whose answer was lost is found again in chat.
    await _stage(supervisor, "fall silent in chat", STAGE_LIMIT, hurry, objects.voice.stop())
    await _stage(supervisor, "close EventSub", STAGE_LIMIT, hurry, graph.ears.eventsub.stop())
    await _stage(supervisor, "finish token refreshes", REFRESH_LIMIT, hurry, _close_logins(graph))
    await _stage(supervisor, "close the overlay server", STAGE_LIMIT, hurry, graph.server.close())
    await _stage(supervisor, "close HTTP", STAGE_LIMIT, hurry, foundation.http.close())
    supervisor.close()
    stragglers = await supervisor.drain(STAGE_LIMIT)
    if stragglers:
        _log.warning("still running at the end: %s", ", ".join(stragglers))
    try:
        await run_blocking(foundation.worker, lambda: checkpoint(run.paths.database))
    except sqlite3.Error as error:
        _log.warning("the write-ahead log stays for the next start: %s", error)
    foundation.close_storage()


async def _close_logins(graph: Graph) -> None:
    await asyncio.gather(*(login.close() for login in graph.logins.all))


async def _stage(
    supervisor: TaskSupervisor, name: str, limit: float, hurry: asyncio.Event, work: Coroutine[Any, Any, object]
) -> None:
    """Wait for `work`, the limit or a second quit; what is not done then is cancelled and named."""
    working = supervisor.spawn(work, name=f"stop: {name}")
    hurrying = supervisor.spawn(hurry.wait(), name="stop: hurry")
    if working is None or hurrying is None:
        return
    await asyncio.wait({working, hurrying}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    hurrying.cancel()
    if not working.done():
        _log.warning("stop: %s was cut off", name)
        working.cancel()


def _cannot_read(detail: str) -> Message:
    return Message(
        f"Companion's database cannot be read ({detail}).",
        "Nothing is lost; nothing can be recorded.",
        "Check the disk and the folder's permissions, then start Companion again.",
    )


def _cannot_open(error: PrepareError) -> Message:
    if isinstance(error, NewerDatabase):
        return Message(
            "This data was written by a newer Companion.",
            "Nothing was changed.",
            "Install the newest version, or start with another --data-dir.",
        )
    return _cannot_read(error.detail)


def _tell_damage(graph: Graph, prepared: Prepared) -> None:
    if prepared.set_aside is None:
        return
    restored = prepared.restored
    meaning = (
        f"The backup {restored.name} was taken instead; what happened after it is missing."
        if restored
        else "There was no backup, so Companion starts with empty data."
    )
    title = "The database was damaged and has been set aside."
    graph.application.notice(Message(title, meaning, f"It is kept as {prepared.set_aside.name}."))


def _tell_set_aside(graph: Graph, what: str, problem: str | None) -> None:
    if problem is not None:
        advice = "It is kept in the database's table set_aside."
        graph.application.notice(Message(f"{what} could not be read and was set aside.", problem, advice))
