"""The inside of the song queue: what is remembered, what a look at Spotify changes, and who is woken by it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Ok, Result
from companion.objects.song_queue import attribution, handover, progress, rules, store
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.progress import VANISHED, VANISHED_TEXT, unheard
from companion.objects.song_queue.relinking import relink
from companion.objects.song_queue.state import Entry, over
from companion.ports.events import DomainEvent, StreamSessionEnded
from companion.ports.failures import SpotifyError
from companion.ports.playback import QueueWatch
from companion.ports.sagas import SagaStarter
from companion.ports.song_queue import Block, QueueSettings
from companion.ports.spotify import PlaybackPicture, SpotifyApi, UpcomingPicture
from companion.ports.stream import StreamLifecyclePort
from companion.ports.transaction import Transaction
from companion.ports.viewers import ViewersPort
from companion.runtime import outbox
from companion.runtime.durable_object import DurableObject, Runtime
from companion.runtime.stored_settings import read_settings
from companion.runtime.transactions import StorageFailure, session_of

RECEIVES: Final = frozenset({"stream_online", "stream_offline", "stream_session_ended"})
"""The kinds of events that `SongQueue.receive` wants."""
LOOK_AFTER: Final = timedelta(seconds=2)
"""So long after something was changed in Spotify it is looked at: at once it might not show yet."""
ON_HOLD: Final = "Everything is on hold."
NOT_LIVE: Final = "Songs are handed to Spotify while the stream is live."
NO_END: Final = "Spotify does not say how long this plays. The next request is handed over after 2 minutes of it."
_OUT_OF_THE_QUEUE: Final = timedelta(hours=24)
"""An undecided request leaves the queue at the first start after so long; its run stays with the streamer."""
_SAME_MOMENT: Final = timedelta(seconds=2)


class SongQueueCore(DurableObject):
    """State and its changes. Everything is on disk; what is remembered here is read again after each commit."""

    name = "song_queue"

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
        self._spotify = spotify
        self._playback = playback
        self._stream = stream
        self._viewers = viewers
        self._sagas = sagas
        self._held = held
        self._twitch_time = twitch_time
        self._on_change = on_change
        self._logger = logger
        self._settings = QueueSettings()
        self._entries: tuple[Entry, ...] = ()
        self._known = Known()
        self._blocks: tuple[Block, ...] = ()
        self._read_after: Transaction | None = None
        self._stale = False
        self._told = handover.Plan()
        self._started_at: Instant | None = None
        self._turned_down: SpotifyError | None = None
        self._out_of_sight = False
        """Spotify was not to be seen since a hand-over failed: when it is again, held requests are tried at once."""
        self._endless_since: Instant | None = None

    def load(self) -> None:
        """Read what is stored. Raises `StorageFailure`. Before `start`, and before anything else is asked."""
        now = self.clock.now()
        with self.transactions.begin() as tx:
            self._settings = read_settings(tx.session, self.name, QueueSettings, QueueSettings(), now)
            self._blocks = store.blocks(tx.session)
            store.purge(tx.session, now)
            for entry in store.active(tx.session):
                since = entry.handed_over_at or entry.requested_at
                if entry.state == "undecided" and now - since > _OUT_OF_THE_QUEUE:
                    store.put(tx.session, over(entry, "vanished", at=now, code=VANISHED, text=VANISHED_TEXT))
        self._reload()

    def start(self) -> None:
        """Follow Spotify from now on, and wake whose turn it is."""
        self._started_at = self.clock.now()
        self._playback.on_sync(self.sync)
        self._follow()
        self.replan()

    def replan(self) -> None:
        """Something outside has changed (live, released, signed in): wake whose turn it is now, also once more."""
        self._told = handover.Plan()
        try:
            with self.transactions.begin() as tx:
                self._wake_next(tx)
        except StorageFailure:
            self._logger.warning("the song queue could not be looked at: storage failed")

    async def receive(self, event: DomainEvent) -> Result[None, str]:
        """The receiver of the event bus for `RECEIVES`."""
        if isinstance(event, StreamSessionEnded):
            with self.transactions.begin() as tx:
                if outbox.claim_receipt(tx.session, self.name, event.event_id, self.clock.now()):
                    self._end_session(tx, event)
        else:
            self.replan()
        return Ok(None)

    def sync(self, picture: PlaybackPicture, upcoming: UpcomingPicture | None) -> None:
        """What plays and what comes next, read together. Everything that follows from it is one transaction."""
        if self._stale:
            self._reload()
        try:
            with self.transactions.begin() as tx:
                self._sync_in(tx, picture, upcoming)
        except StorageFailure:
            self._logger.warning("what Spotify shows could not be stored; the next look goes on from the last one")

    def _sync_in(self, tx: Transaction, picture: PlaybackPicture, upcoming: UpcomingPicture | None) -> None:
        """At the beginning of a transaction what is remembered is what is stored: it need not be read again."""
        session, now = session_of(tx), picture.seen_at
        self._time_endless(picture)
        changed = {entry.id: entry for entry in relink(self._entries, self._known, picture, upcoming)}
        entries = [changed.get(entry.id, entry) for entry in self._entries]
        seen = attribution.observe(self._known, picture, upcoming, progress.pending_of(entries, now))
        changed |= {entry.id: entry for entry in progress.advance(entries, seen, now)}
        for entry in changed.values():
            store.put(session, entry)
            if entry.state == "played" and entry.playing_since is not None:
                store.add_to_history(session, entry, self._twitch_time(entry.playing_since))
            self._sagas.wake_in(tx, entry.id)
        if seen.known != self._known:
            store.put_seen(session, seen.known)
            tx.after_commit(lambda: self._learn(seen.known))
        if changed:
            self._touch(tx)
        self._look_for_held(tx, picture)
        after = (changed.get(entry.id, entry) for entry in self._entries)
        self._wake_next(tx, entries=[entry for entry in after if entry.active], known=seen.known)

    def _time_endless(self, picture: PlaybackPicture) -> None:
        """One after another counts as one: nobody knows the end of any of them."""
        if not handover.is_endless(picture):
            self._endless_since = None
        elif self._endless_since is None or self._endless_since > picture.seen_at:
            self._endless_since = picture.seen_at

    def _look_for_held(self, tx: Transaction, picture: PlaybackPicture) -> None:
        if picture.kind == "nothing":
            self._out_of_sight = True
        elif self._out_of_sight:
            self._out_of_sight = False
            for entry in self._entries:
                if entry.held_since is not None:
                    self._sagas.wake_in(tx, entry.id)

    def _learn(self, known: Known) -> None:
        self._known = known

    def _end_session(self, tx: Transaction, ended: StreamSessionEnded) -> None:
        """What was not heard is over; what plays is heard. What may have been stays with the streamer.

        With it goes what an earlier session left, or was asked for off air before.
        """
        session, now = session_of(tx), self.clock.now()
        for entry in store.active(session):
            asked_before = entry.session_id == ended.session_id or entry.requested_at <= ended.ended_at
            if not asked_before or entry.state == "playing":
                continue
            if entry.handing and not entry.is_stuck(now):  # its run learns what came of it, and that it is over
                continue
            store.put(session, unheard(entry, now))
            if entry.state != "undecided" or entry.is_set_aside:
                self._sagas.wake_in(tx, entry.id)
        self._touch(tx)
        self._wake_next(tx)  # once for all: with hundreds of them, after each would take seconds

    # ---- for the parts above this one

    def _put(self, tx: Transaction, entry: Entry) -> None:
        """Write one request, wake its run and whoever comes next."""
        self._sagas.wake_in(tx, entry.id)
        self._keep(tx, entry)

    def _keep(self, tx: Transaction, entry: Entry) -> None:
        """Write one request for its own run, which needs no waking, and wake whoever comes next."""
        store.put(session_of(tx), entry)
        self._touch(tx)
        self._wake_next(tx, but=entry.id)

    def _touch(self, tx: Transaction) -> None:
        """Have everything read again after the commit of `tx`, once.

        Asked for each time: what was asked within a savepoint that is rolled back is forgotten with it.
        """

        def reload() -> None:
            if self._read_after is not tx:
                self._read_after = tx
                self._reload()

        tx.after_commit(reload)

    def _reload(self) -> None:
        try:
            with self.transactions.begin() as tx:
                self._entries, self._known = store.active(tx.session), store.seen(tx.session)
        except StorageFailure:
            self._logger.warning("the song queue could not be read again: storage failed")
            self._stale = True
            return
        self._stale = False
        self._follow()
        self._on_change()

    def _follow(self) -> None:
        """Have Spotify asked as often as the queue needs it."""
        self._playback.want_queue(self.name, any(entry.state != "approval" for entry in self._entries))
        late = self._settings.hand_over == "late" and any(entry.state == "waiting" for entry in self._entries)
        self._playback.look_closely(handover.LATE_LOOKS if late else None)

    def _plan(
        self, session: Session, entries: Sequence[Entry] | None = None, known: Known | None = None
    ) -> handover.Plan:
        if self._held():
            return handover.Plan()
        spotify = self._playback.get_state()
        active = store.active(session) if entries is None else entries
        back = self._held_back(active)
        return handover.plan(
            [entry for entry in active if entry.id not in back],
            self._settings.hand_over,
            playing=spotify.picture,
            now=self.clock.now(),
            looked_at=handover.looked_at(spotify.upcoming, self._known if known is None else known),
            started_at=self._started_at,
            endless_since=self._endless_since,
        )

    def _wake_next(
        self,
        tx: Transaction,
        *,
        but: str | None = None,
        entries: Sequence[Entry] | None = None,
        known: Known | None = None,
    ) -> None:
        """Wake the one whose turn has come, or whose turn comes at another time than it was told."""
        plan, told = self._plan(session_of(tx), entries, known), self._told
        moved = plan.first is not None and _differs(plan.until, told.until)
        if plan.grant != told.grant or plan.first != told.first or moved:
            next_one = plan.grant or plan.first
            if next_one is not None and next_one != but:
                self._sagas.wake_in(tx, next_one)
            tx.after_commit(lambda: self._tell(plan))

    def _tell(self, plan: handover.Plan) -> None:
        self._told = plan

    def _paused(self) -> str | None:
        """Why nothing is handed over just now, of what waits or might be asked for."""
        if self._held():
            return ON_HOLD
        if self._stream.get_is_live():
            return None
        waiting = {entry.id for entry in self._entries if entry.state == "waiting"}
        goes = bool(waiting - self._held_back(self._entries)) if waiting else rules.opens_off_air(self._settings)
        return None if goes else NOT_LIVE

    def _held_back(self, entries: Sequence[Entry]) -> frozenset[str]:
        """Those that wait until the stream is live, whether their turn had come or not; the ones behind go first."""
        if self._stream.get_is_live():
            return frozenset()
        return frozenset(
            entry.id
            for entry in entries
            if entry.state == "waiting"
            and not entry.handing
            and rules.is_for_live_only(self._settings, entry.source, entry.role)
        )

    def _no_end(self) -> str | None:
        """Why the first one in line waits although nobody knows how long what plays goes on."""
        late = self._settings.hand_over == "late" and self._endless_since is not None
        waits = late and any(entry.state == "waiting" for entry in self._entries)
        return NO_END if waits and not any(entry.state == "handed_over" for entry in self._entries) else None

    def _after_hand_over(self, entry: Entry) -> Entry:
        """As Spotify took it; over if the session ended in between, for then nobody else ends it."""
        return unheard(entry, self.clock.now()) if self._has_ended(entry) else entry

    def _has_ended(self, entry: Entry) -> bool:
        """Whether the session that it was asked in, or off air before, is no more."""
        running = self._session_id()
        if running is not None or entry.session_id is not None:
            return entry.session_id not in {None, running}
        ended_at = self._stream.get_stream_state().ended_at
        return ended_at is not None and self._twitch_time(entry.requested_at) <= ended_at

    def _session_id(self) -> str | None:
        """The session that a request of now belongs to: the running one, or one that may still be continued."""
        state = self._stream.get_stream_state()
        return state.session_id if state.is_live or state.resume_until is not None else None


def _differs(one: Instant | None, other: Instant | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > _SAME_MOMENT
