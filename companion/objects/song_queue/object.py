"""The song queue: requests in Companion's own queue in front of Spotify's, their rules, their history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.song_queue import block_lists, history, rules, views
from companion.objects.song_queue.handover import LOOK_AFTER
from companion.objects.song_queue.memory import NAME
from companion.objects.song_queue.parts import Parts
from companion.ports.events import DomainEvent, StreamSessionEnded
from companion.ports.failures import NoActiveDevice, SpotifyError, StorageFailed
from companion.ports.playback import QueueWatch
from companion.ports.rewards import Verdict
from companion.ports.sagas import SagaStarter
from companion.ports.song_queue import (
    BadSettings,
    CannotWithdraw,
    History,
    NoSuchRequest,
    NowPlaying,
    QueueView,
    RequesterCount,
    SongRequest,
    TrackCount,
)
from companion.ports.song_rules import MOST_QUEUED, Block, BlockKind, QueueSettings, RequestSource
from companion.ports.spotify import SpotifyApi
from companion.ports.stream import StreamLifecyclePort
from companion.ports.viewers import ViewersPort
from companion.runtime import outbox
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.stored_settings import write_settings
from companion.runtime.transactions import StorageFailure

RECEIVES: Final = frozenset({"stream_online", "stream_offline", "stream_session_ended"})
"""The kinds of events that `SongQueue.receive` wants."""


class SongQueue(DurableObject):
    """Implements `ports.song_queue.SongQueuePort`; what a request's saga asks of it stands in three public parts.

    Never polls Spotify itself: it is told of every look by the playback object (`start` subscribes). What is not
    over is cached, and read again after every commit that changed it; `on_change` is called then. `twitch_time` gives
    what Twitch's clock showed at an instant of ours: what was played when is compared with what Twitch stamped.
    """

    name = NAME

    def __init__(
        self,
        *,
        runtime: Runtime,
        spotify: SpotifyApi,
        playback: QueueWatch,
        stream: StreamLifecyclePort,
        viewers: ViewersPort,
        sagas: SagaStarter,
        held: Callable[[], bool],
        twitch_time: Callable[[Instant], Instant],
        on_change: Callable[[], None],
        logger: logging.Logger,
    ) -> None:
        super().__init__(runtime)
        parts = Parts(
            runtime=runtime,
            playback=playback,
            stream=stream,
            viewers=viewers,
            sagas=sagas,
            held=held,
            twitch_time=twitch_time,
            on_change=on_change,
            logger=logger,
        )
        self._spotify = spotify
        self._playback = playback
        self._stream = stream
        self._viewers = viewers
        self._on_change = on_change
        self._logger = logger
        self._memory, self._line, self._sight = parts.memory, parts.line, parts.sight
        self._desk, self._dashboard = parts.desk, parts.dashboard
        self.steps = parts.steps
        """`ports.song_steps.SongQueueSteps`"""
        self.handing = parts.handing
        """`ports.song_steps.SongHandOver`"""
        self.standing = parts.standing
        """`ports.song_steps.SongStanding`"""

    # ---- life

    def load(self) -> None:
        """Read what is stored. Raises `StorageFailure`. Before `start`, and before anything else is asked."""
        self._memory.load(self.clock.now())

    def start(self) -> None:
        """Follow Spotify from now on, and wake whose turn it is."""
        self._playback.on_sync(self._sight.sync)
        self._line.start()
        self.replan()

    def replan(self) -> None:
        """Something outside has changed (live, released, signed in): wake whose turn it is now, also once more."""
        self._line.forget()
        try:
            with self.transactions.begin() as tx:
                self._line.wake_next(tx)
        except StorageFailure:
            self._logger.warning("the song queue could not be looked at: storage failed")

    async def receive(self, event: DomainEvent) -> Result[None, str]:
        """The receiver of the event bus for `RECEIVES`."""
        if isinstance(event, StreamSessionEnded):
            with self.transactions.begin() as tx:
                if outbox.claim_receipt(tx.session, self.name, event.event_id, self.clock.now()):
                    self._desk.end_session_in(tx, event)
        else:
            self.replan()
        return Ok(None)

    # ---- the queue

    def get_now_playing(self) -> NowPlaying | None:
        """See `SongQueuePort`."""
        return views.now_playing(self._playback.get_state(), self._memory.known, self._memory.entries)

    def get_queue(self, *, limit: int = MOST_QUEUED) -> QueueView:
        """See `SongQueuePort`."""
        state = self._playback.get_state()
        shown = [one for one in self._line.shown(self._memory.entries) if one.state != "playing"]
        return QueueView(
            now_playing=self.get_now_playing(),
            requests=tuple(shown[:limit]),
            autoplay=views.autoplay(state, self._memory.known)[:limit],
            total=len(shown),
            seen_at=None if state.picture is None else state.picture.seen_at,
            problem=state.problem or state.queue_problem or self.handing.refusal,
            paused_reason=self._line.paused_reason(),
        )

    def requests_of(self, user_id: str) -> Sequence[SongRequest]:
        """See `SongQueuePort`."""
        return tuple(one for one in self._line.shown(self._memory.entries) if one.viewer.user_id == user_id)

    def lets_anybody_in(self, source: RequestSource) -> bool:
        """Whether the rules could let somebody's request by this way in just now: switched on, on air, room left."""
        waiting = sum(entry.state != "playing" for entry in self._memory.entries)
        live = self._stream.get_is_live()
        return rules.lets_anybody_in(self._memory.settings, source, live=live, waiting=waiting)

    @storage_to_result
    async def remove(
        self, request_id: str, *, by: str, user_id: str | None = None
    ) -> Result[SongRequest, NoSuchRequest | CannotWithdraw]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            return self._desk.remove_in(tx, request_id, by=by, user_id=user_id)

    @storage_to_result
    async def reorder(
        self, request_id: str, position: int
    ) -> Result[QueueView, NoSuchRequest | CannotWithdraw | BadSettings]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            moved = self._desk.reorder_in(tx, request_id, position)
        return moved if isinstance(moved, Err) else Ok(self.get_queue())

    @storage_to_result
    async def approve(self, request_id: str, *, yes: bool) -> Result[SongRequest, NoSuchRequest]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            decided = self._desk.approve_in(tx, request_id, yes=yes)
        if isinstance(decided, Err):
            return decided
        shown = self._line.shown(self._memory.entries)
        return Ok(next((one for one in shown if one.id == request_id), views.request(decided.value)))

    @storage_to_result
    async def settled_at_twitch(self, request_id: str, verdict: Verdict) -> Result[bool, StorageFailed]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            return Ok(self._dashboard.settled_in(tx, request_id, verdict))

    async def skip(self) -> Result[None, NoActiveDevice | SpotifyError]:
        """See `SongQueuePort`. Asked of Spotify once; what plays then is seen about 2 s later."""
        result = await self._spotify.skip()
        self._playback.look_soon(LOOK_AFTER)
        return result

    # ---- what was played

    @storage_to_result
    async def get_history(
        self, *, user_id: str | None = None, session_id: str | None = None, limit: int = 10, offset: int = 0
    ) -> Result[History, BadSettings]:
        """See `SongQueuePort`. Its `total` counts the songs of a viewer or a session."""
        if (problem := history.range_problem(limit, offset)) is not None:
            return Err(problem)
        return Ok(
            await self.transactions.read_elsewhere(
                lambda session: history.history(session, user_id, session_id, limit, offset)
            )
        )

    @storage_to_result
    async def top_tracks(
        self, *, user_id: str | None = None, limit: int = 10
    ) -> Result[Sequence[TrackCount], BadSettings]:
        """See `SongQueuePort`."""
        if (problem := history.range_problem(limit)) is not None:
            return Err(problem)
        return Ok(await self.transactions.read_elsewhere(lambda session: history.top_tracks(session, user_id, limit)))

    @storage_to_result
    async def top_requesters(self, *, limit: int = 10) -> Result[Sequence[RequesterCount], BadSettings]:
        """See `SongQueuePort`."""
        if (problem := history.range_problem(limit)) is not None:
            return Err(problem)
        found = await self.transactions.read_elsewhere(lambda session: history.top_requesters(session, limit))
        newest = {one.viewer.user_id: self._viewers.get(one.viewer.user_id) or one.viewer for one in found}
        return Ok(tuple(replace(one, viewer=newest[one.viewer.user_id]) for one in found))

    # ---- settings and block lists

    def get_settings(self) -> QueueSettings:
        """See `SongQueuePort`."""
        return self._memory.settings

    @storage_to_result
    async def set_settings(self, settings: QueueSettings) -> Result[QueueSettings, BadSettings]:
        """See `SongQueuePort`."""
        if (problem := rules.problem_of(settings)) is not None:
            return Err(problem)
        with self.transactions.begin() as tx:
            write_settings(tx.session, self.name, QueueSettings, settings)
        self._memory.settings = settings
        self._line.follow()
        self.replan()
        self._on_change()
        return Ok(settings)

    def blocks(self) -> Sequence[Block]:
        """See `SongQueuePort`."""
        return self._memory.blocks

    @storage_to_result
    async def block(self, block: Block) -> Result[None, StorageFailed]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            block_lists.add(tx.session, block)
            found = block_lists.read(tx.session)
        self._memory.blocks = found
        self._on_change()
        return Ok(None)

    @storage_to_result
    async def unblock(self, kind: BlockKind, key: str) -> Result[bool, StorageFailed]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            if not block_lists.remove(tx.session, kind, key):
                return Ok(False)
            found = block_lists.read(tx.session)
        self._memory.blocks = found
        self._on_change()
        return Ok(True)
