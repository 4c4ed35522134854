"""What the song queue is made of: each part with what it needs of the others, and of the world."""

from __future__ import annotations

import logging
from collections.abc import Callable

from companion.kernel.instant import Clock, Instant
from companion.objects.song_queue.dashboard import Dashboard
from companion.objects.song_queue.desk import Desk
from companion.objects.song_queue.handing import Handing
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.memory import Memory
from companion.objects.song_queue.publisher import Publisher
from companion.objects.song_queue.sessions import Sessions
from companion.objects.song_queue.sight import Sight
from companion.objects.song_queue.standing import Standing
from companion.objects.song_queue.steps import Steps
from companion.ports.playback import QueueWatch
from companion.ports.sagas import SagaStarter
from companion.ports.stream import StreamLifecyclePort
from companion.ports.viewers import ViewersPort
from companion.runtime.durable_object import Runtime


class Parts:
    """See `SongQueue` for the parameters."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        playback: QueueWatch,
        stream: StreamLifecyclePort,
        viewers: ViewersPort,
        sagas: SagaStarter,
        held: Callable[[], bool],
        twitch_time: Callable[[Instant], Instant],
        on_change: Callable[[], None],
        logger: logging.Logger,
    ) -> None:
        transactions, clock = runtime.transactions, runtime.clock
        self.memory = Memory(transactions=transactions, changed=lambda: self._changed(on_change), logger=logger)
        self.line = Line(memory=self.memory, playback=playback, stream=stream, sagas=sagas, held=held, clock=clock)
        self.sight = Sight(
            transactions=transactions,
            memory=self.memory,
            line=self.line,
            playback=playback,
            sagas=sagas,
            twitch_time=twitch_time,
            logger=logger,
        )
        self.desk = Desk(line=self.line, sagas=sagas, clock=clock)
        self.dashboard = Dashboard(line=self.line, sagas=sagas, clock=clock)
        sessions = Sessions(stream=stream)
        self.standing = Standing(
            transactions=transactions, memory=self.memory, line=self.line, sessions=sessions, clock=clock
        )
        publisher = Publisher(bus=runtime.bus, viewers=viewers, twitch_time=twitch_time)
        self.steps = self._steps(sessions, publisher, stream, sagas, clock)
        self.handing = self._handing(sessions, runtime, playback, held, on_change)

    def _changed(self, on_change: Callable[[], None]) -> None:
        self.line.follow()
        on_change()

    def _steps(
        self, sessions: Sessions, publisher: Publisher, stream: StreamLifecyclePort, sagas: SagaStarter, clock: Clock
    ) -> Steps:
        return Steps(
            memory=self.memory,
            line=self.line,
            sessions=sessions,
            standing=self.standing,
            publisher=publisher,
            stream=stream,
            sagas=sagas,
            clock=clock,
        )

    def _handing(
        self,
        sessions: Sessions,
        runtime: Runtime,
        playback: QueueWatch,
        held: Callable[[], bool],
        on_change: Callable[[], None],
    ) -> Handing:
        return Handing(
            runtime=runtime,
            memory=self.memory,
            line=self.line,
            sight=self.sight,
            sessions=sessions,
            standing=self.standing,
            playback=playback,
            held=held,
            on_change=on_change,
        )
