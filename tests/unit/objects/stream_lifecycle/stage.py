"""A `StreamLifecycle` on a real database, with a Twitch, an OBS and two logins that tests command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.objects.stream_lifecycle.tables import StreamTodoRow, ViewerSnapshotRow
from companion.ports.events import DomainEvent
from companion.ports.failures import ReauthorizationRequired, ServiceError, TokenError
from companion.ports.stream import StreamStarted
from companion.ports.twitch import LiveStream, StreamAnswer
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Killed, Rig, Rigs
from tests.fakes.twitch import FakeTwitchApi

LOGGER = logging.getLogger("companion.test")


def after(span: float) -> Instant:
    """So many seconds after `START`."""
    return START + timedelta(seconds=span)


class HeldTwitch(FakeTwitchApi):
    """Works out its answer at once, but may deliver it late."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self._open = asyncio.Event()
        self._open.set()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def show(self, stream_id: str, viewers: int = 1, started_at: Instant = START) -> None:
        self.stream = LiveStream(stream_id, started_at, viewers, "Painting small boats", "Art")

    async def get_stream(self) -> Result[StreamAnswer, ServiceError]:
        answer = await super().get_stream()
        await self._open.wait()
        return answer


class Listener:
    """`StreamAudience` that remembers what it was told; `error` is answered, `kill` ends the process instead."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.error: TokenError | None = None
        self.kill = False

    async def on_stream_online(self) -> Result[None, TokenError]:
        return await self._tell("online")

    async def on_stream_offline(self) -> Result[None, TokenError]:
        return await self._tell("offline")

    async def _tell(self, what: str) -> Result[None, TokenError]:
        await asyncio.sleep(0)
        if self.kill:
            raise Killed
        self.told.append(what)
        return Ok(None) if self.error is None else Err(self.error)

    def end_login(self) -> None:
        self.error = ReauthorizationRequired("over", START)


class Obs:
    """`StreamingOutput`."""

    streaming: bool | None = None

    def is_streaming(self) -> bool | None:
        return self.streaming


class Stage:
    """Twitch, OBS and the logins last; `restart` gives a new object on the same file."""

    def __init__(self, folder: Path, clock: FakeClock, window: timedelta = timedelta(minutes=10)) -> None:
        self.clock = clock
        self.twitch = HeldTwitch(clock)
        self.obs = Obs()
        self.spotify_login, self.twitch_login, self.bot_login = Listener(), Listener(), Listener()
        self.events: list[DomainEvent] = []
        self.changes = 0
        self.problem: str | None = None
        self._window = window
        self._rigs = Rigs(folder / "companion.db", clock)
        self.make()

    def make(self) -> None:
        self.rig: Rig = self._rigs()
        self.rig.bus.receive("test", self._receive)
        self.life = StreamLifecycle(
            runtime=self.rig.runtime,
            twitch=self.twitch,
            spotify_token=self.spotify_login,
            twitch_token=self.twitch_login,
            bot_token=self.bot_login,
            obs=self.obs,
            logger=LOGGER,
            on_change=self._changed,
            resume_window=self._window,
        )
        self.problem = self.life.load()
        self.rig.start()

    async def _receive(self, event: DomainEvent) -> Result[None, str]:
        if all(known.event_id != event.event_id for known in self.events):  # as a receipt would have it
            self.events.append(event)
        return Ok(None)

    def _changed(self) -> None:
        self.changes += 1
        self.life.get_stream_state()

    def now(self) -> float:
        """Seconds since `START`."""
        return (self.clock.now() - START).total_seconds()

    async def crash(self) -> None:
        await self.rig.crash()

    async def restart(self) -> None:
        """Killed, and started again."""
        await self.rig.crash()
        self.make()
        await self.life.resume()
        await self.rig.pass_time(0.001)

    async def close(self) -> None:
        self.twitch.release()
        await self._rigs.close()

    async def online(self, stream_id: str, at: float = 0.0, seen: float | None = None) -> None:
        """EventSub tells of a start."""
        await self.settle(
            self.life.on_stream_online(StreamStarted(stream_id, after(at), after(at if seen is None else seen)))
        )

    async def offline(self, at: float) -> None:
        """EventSub tells of an end."""
        await self.settle(self.life.on_stream_offline(after(at)))

    async def settle(self, doing: Coroutine[Any, Any, Result[None, object]]) -> None:
        """Do it, and let everything happen that follows from it."""
        expect_ok(await doing)
        await self.rig.pass_time(0)

    async def poll(self, viewers: int | None, stream_id: str = "A", wait: float = 60.0) -> None:
        """A minute passes, and Helix shows so many viewers (None: no stream)."""
        if viewers is None:
            self.twitch.stream = None
        else:
            self.twitch.show(stream_id, viewers)
        await self.rig.pass_time(wait)

    @property
    def kinds(self) -> list[str]:
        return [event.kind.removeprefix("stream_") for event in self.events]

    def rows(self) -> list[tuple[str, Instant, int]]:
        with self.rig.transactions.begin() as tx:
            found = tx.session.scalars(select(ViewerSnapshotRow).order_by(ViewerSnapshotRow.at))
            return [(row.session_id, row.at, row.viewer_count) for row in found]

    def todos(self) -> list[str]:
        with self.rig.transactions.begin() as tx:
            return list(tx.session.scalars(select(StreamTodoRow.todo).order_by(StreamTodoRow.position)))

    def live(self) -> bool:
        return self.life.get_is_live()
