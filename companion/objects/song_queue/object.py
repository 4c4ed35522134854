"""The song queue: requests in Companion's own queue in front of Spotify's, their rules, their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from companion.kernel.result import Err, Ok, Result
from companion.objects.song_queue import history, rules, store, views
from companion.objects.song_queue.core import LOOK_AFTER
from companion.objects.song_queue.dashboard import SongQueueAtTwitch
from companion.objects.song_queue.state import FULFILLED_NOTE, over
from companion.objects.song_queue.tables import SongBlockRow
from companion.ports.failures import NoActiveDevice, SpotifyError, StorageFailed
from companion.ports.song_queue import (
    MOST_QUEUED,
    BadSettings,
    Block,
    BlockKind,
    CannotWithdraw,
    History,
    NoSuchRequest,
    NowPlaying,
    QueueSettings,
    QueueView,
    RequesterCount,
    RequestSource,
    SongRequest,
    TrackCount,
)
from companion.runtime.durable_object import storage_to_result
from companion.runtime.stored_settings import write_settings

REMOVED: Final = "removed"
WITHDRAWN: Final = "withdrawn"
REJECTED: Final = "rejected"


class SongQueue(SongQueueAtTwitch):
    """Implements `ports.song_queue.SongQueuePort` and `ports.song_steps.SongQueueSteps`.

    Never polls Spotify itself: it is told of every look by the playback object (`start` subscribes). What is not
    over is cached, and read again after every commit that changed it; `on_change` is called then. `twitch_time` gives
    what Twitch's clock showed at an instant of ours: what was played when is compared with what Twitch stamped.
    """

    # ---- reads

    def get_now_playing(self) -> NowPlaying | None:
        """See `SongQueuePort`."""
        return views.now_playing(self._playback.get_state(), self._known, self._entries)

    def get_queue(self, *, limit: int = MOST_QUEUED) -> QueueView:
        """See `SongQueuePort`."""
        state = self._playback.get_state()
        shown = [one for one in self._shown(self._entries) if one.state != "playing"]
        return QueueView(
            now_playing=self.get_now_playing(),
            requests=tuple(shown[:limit]),
            autoplay=views.autoplay(state, self._known)[:limit],
            total=len(shown),
            seen_at=None if state.picture is None else state.picture.seen_at,
            problem=state.problem or state.queue_problem or self._turned_down,
            paused_reason=self._paused() or self._held_reason() or self._no_end(),
        )

    def requests_of(self, user_id: str) -> Sequence[SongRequest]:
        """See `SongQueuePort`."""
        return tuple(one for one in self._shown(self._entries) if one.viewer.user_id == user_id)

    def lets_anybody_in(self, source: RequestSource) -> bool:
        """Whether the rules could let somebody's request by this way in just now: switched on, on air, room left."""
        waiting = sum(entry.state != "playing" for entry in self._entries)
        return rules.lets_anybody_in(self._settings, source, live=self._stream.get_is_live(), waiting=waiting)

    def _held_reason(self) -> str | None:
        held = next((entry.note for entry in self._entries if entry.held_since is not None), None)
        return None if held is None else held.removesuffix(FULFILLED_NOTE).rstrip()

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

    # ---- what people do

    @storage_to_result
    async def remove(
        self, request_id: str, *, by: str, user_id: str | None = None
    ) -> Result[SongRequest, NoSuchRequest | CannotWithdraw]:
        """See `SongQueuePort`. With an undecided one its run has its answer, and gives the points back."""
        with self.transactions.begin() as tx:
            entry = store.find(tx.session, request_id)
            if entry is None or not entry.active:
                return Err(NoSuchRequest(request_id))
            sent = entry.handing and not entry.is_stuck(self.clock.now())
            if sent or entry.state in {"handed_over", "playing"}:
                return Err(CannotWithdraw(request_id))
            own = user_id == entry.viewer.user_id
            text = f"You took “{entry.track.title}” back." if own else f"{by} took your song out of the queue."
            entry = over(entry, "removed", at=self.clock.now(), code=WITHDRAWN if own else REMOVED, text=text)
            self._put(tx, entry)
            return Ok(views.request(entry))

    @storage_to_result
    async def reorder(
        self, request_id: str, position: int
    ) -> Result[QueueView, NoSuchRequest | CannotWithdraw | BadSettings]:
        """See `SongQueuePort`. One whose turn has come keeps its place at the front."""
        with self.transactions.begin() as tx:
            entries = store.active(tx.session)
            waiting = [entry for entry in entries if entry.state == "waiting"]
            ahead = sum(entry.state == "handed_over" for entry in entries)
            found = store.find(tx.session, request_id)
            if found is None or not found.active:
                return Err(NoSuchRequest(request_id))
            if found.state != "waiting" or found.granted:
                return Err(CannotWithdraw(request_id))
            first, last = ahead + (2 if waiting[0].granted else 1), ahead + len(waiting)
            if not first <= position <= last:
                return Err(BadSettings(f"position must lie between {first} and {last}"))
            others = [entry for entry in waiting if entry.id != request_id]
            others.insert(position - ahead - 1, found)
            store.rewrite_places(tx.session, others)
            tx.session.flush()
            self._touch(tx)
            self._wake_next(tx)
        return Ok(self.get_queue())

    @storage_to_result
    async def approve(self, request_id: str, *, yes: bool) -> Result[SongRequest, NoSuchRequest]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            entry = store.find(tx.session, request_id)
            if entry is None or entry.state != "approval":
                return Err(NoSuchRequest(request_id))
            if yes:
                entry = replace(entry, state="waiting")
            else:
                text = "This song was not picked for the stream."
                entry = over(entry, "removed", at=self.clock.now(), code=REJECTED, text=text)
            self._put(tx, entry)
        return Ok(next((one for one in self._shown(self._entries) if one.id == request_id), views.request(entry)))

    async def skip(self) -> Result[None, NoActiveDevice | SpotifyError]:
        """See `SongQueuePort`. Asked of Spotify once; what plays then is seen about 2 s later."""
        result = await self._spotify.skip()
        self._playback.look_soon(LOOK_AFTER)
        return result

    # ---- settings and block lists

    def get_settings(self) -> QueueSettings:
        """See `SongQueuePort`."""
        return self._settings

    @storage_to_result
    async def set_settings(self, settings: QueueSettings) -> Result[QueueSettings, BadSettings]:
        """See `SongQueuePort`."""
        if (problem := rules.problem_of(settings)) is not None:
            return Err(problem)
        with self.transactions.begin() as tx:
            write_settings(tx.session, self.name, QueueSettings, settings)
        self._settings = settings
        self._follow()
        self.replan()
        self._on_change()
        return Ok(settings)

    def blocks(self) -> Sequence[Block]:
        """See `SongQueuePort`."""
        return self._blocks

    @storage_to_result
    async def block(self, block: Block) -> Result[None, StorageFailed]:
        """See `SongQueuePort`."""
        key = block.key.casefold() if block.kind == "artist" else block.key
        with self.transactions.begin() as tx:
            tx.session.merge(SongBlockRow(kind=block.kind, key=key, label=block.label))
            tx.session.flush()
            found = store.blocks(tx.session)
        self._blocks = found
        self._on_change()
        return Ok(None)

    @storage_to_result
    async def unblock(self, kind: BlockKind, key: str) -> Result[bool, StorageFailed]:
        """See `SongQueuePort`."""
        with self.transactions.begin() as tx:
            row = tx.session.get(SongBlockRow, (kind, key.casefold() if kind == "artist" else key))
            if row is None:
                return Ok(False)
            tx.session.delete(row)
            tx.session.flush()
            found = store.blocks(tx.session)
        self._blocks = found
        self._on_change()
        return Ok(True)
