"""The line of requests: whose turn it is to go to Spotify, and the writing of whatever may change that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Clock, Instant
from companion.objects.song_queue import handover, rules, store, views
from companion.objects.song_queue.memory import NAME, Memory
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.state import FULFILLED_NOTE, Entry
from companion.ports.playback import QueueWatch
from companion.ports.sagas import SagaStarter
from companion.ports.song_queue import SongRequest
from companion.ports.spotify import PlaybackPicture
from companion.ports.stream import StreamLifecyclePort
from companion.ports.transaction import Transaction
from companion.runtime.transactions import session_of

ON_HOLD: Final = "Everything is on hold."
NOT_LIVE: Final = "Songs are handed to Spotify while the stream is live."
NO_END: Final = "Spotify does not say how long this plays. The next request is handed over after 2 minutes of it."
_SAME_MOMENT: Final = timedelta(seconds=2)


class Line:
    """Plans whose turn it is after each change, and wakes the run of whoever's turn has come, or is another one.

    `held`: whether everything is on hold.
    """

    def __init__(
        self,
        *,
        memory: Memory,
        playback: QueueWatch,
        stream: StreamLifecyclePort,
        sagas: SagaStarter,
        held: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._memory = memory
        self._playback = playback
        self._stream = stream
        self._sagas = sagas
        self._held = held
        self._clock = clock
        self._told = handover.Plan()
        self._started_at: Instant | None = None
        self._endless_since: Instant | None = None

    def start(self) -> None:
        """Spotify is looked at from now on."""
        self._started_at = self._clock.now()
        self.follow()

    def follow(self) -> None:
        """Have Spotify asked as often as what is remembered needs it."""
        entries = self._memory.entries
        self._playback.want_queue(NAME, any(entry.state != "approval" for entry in entries))
        late = self._memory.settings.hand_over == "late" and any(entry.state == "waiting" for entry in entries)
        self._playback.look_closely(handover.LATE_LOOKS if late else None)

    def saw(self, playing: PlaybackPicture) -> None:
        """This plays now. Of things without a known length one after another counts as one: nobody knows any end."""
        if not handover.is_endless(playing):
            self._endless_since = None
        elif self._endless_since is None or self._endless_since > playing.seen_at:
            self._endless_since = playing.seen_at

    # ---- changes

    def put(self, tx: Transaction, entry: Entry) -> None:
        """Write one request, wake its run and whoever comes next."""
        self._sagas.wake_in(tx, entry.id)
        self.keep(tx, entry)

    def keep(self, tx: Transaction, entry: Entry) -> None:
        """Write one request for its own run, which needs no waking, and wake whoever comes next."""
        store.put(session_of(tx), entry)
        self._memory.touch(tx)
        self.wake_next(tx, but=entry.id)

    def moved(self, tx: Transaction) -> None:
        """Several requests were written: wake whoever comes next, once for all of them.

        With hundreds of them, to do so after each would take seconds.
        """
        self._memory.touch(tx)
        self.wake_next(tx)

    # ---- whose turn it is

    def plan(
        self, session: Session, entries: Sequence[Entry] | None = None, known: Known | None = None
    ) -> handover.Plan:
        """Whose turn it is, by what is stored, or by `entries` and `known` where those are to be."""
        if self._held():
            return handover.Plan()
        spotify = self._playback.get_state()
        active = store.active(session) if entries is None else entries
        back = self.held_back(active)
        return handover.plan(
            [entry for entry in active if entry.id not in back],
            self._memory.settings.hand_over,
            playing=spotify.picture,
            now=self._clock.now(),
            looked_at=handover.looked_at(spotify.upcoming, self._memory.known if known is None else known),
            started_at=self._started_at,
            endless_since=self._endless_since,
        )

    def wake_next(
        self,
        tx: Transaction,
        *,
        but: str | None = None,
        entries: Sequence[Entry] | None = None,
        known: Known | None = None,
    ) -> None:
        """Wake the one whose turn has come, or whose turn comes at another time than it was told; but not `but`."""
        plan, told = self.plan(session_of(tx), entries, known), self._told
        moved = plan.first is not None and _differs(plan.until, told.until)
        if plan.grant != told.grant or plan.first != told.first or moved:
            next_one = plan.grant or plan.first
            if next_one is not None and next_one != but:
                self._sagas.wake_in(tx, next_one)
            tx.after_commit(lambda: self._tell(plan))

    def forget(self) -> None:
        """Whoever's turn it is shall be woken also if that was told before."""
        self._tell(handover.Plan())

    def _tell(self, plan: handover.Plan) -> None:
        self._told = plan

    def held_back(self, entries: Sequence[Entry]) -> frozenset[str]:
        """Those that wait until the stream is live, whether their turn had come or not; the ones behind go first."""
        if self._stream.get_is_live():
            return frozenset()
        return frozenset(
            entry.id
            for entry in entries
            if entry.state == "waiting"
            and not entry.handing
            and rules.is_for_live_only(self._memory.settings, entry.source, entry.role)
        )

    # ---- as others see it

    def shown(self, entries: Sequence[Entry]) -> tuple[SongRequest, ...]:
        """The requests in order, with their numbers in line."""
        playing = self._playback.get_state().picture
        return views.requests(entries, playing, self._clock.now(), held_back=self.held_back(entries))

    def paused_reason(self) -> str | None:
        """Why nothing is handed over just now, of what waits or might be asked for."""
        if self._held():
            return ON_HOLD
        entries, settings = self._memory.entries, self._memory.settings
        waiting = {entry.id for entry in entries if entry.state == "waiting"}
        goes = bool(waiting - self.held_back(entries)) if waiting else rules.opens_off_air(settings)
        if not goes and not self._stream.get_is_live():
            return NOT_LIVE
        note = next((entry.note for entry in entries if entry.held_since is not None), None)
        if note is not None and (words := note.removesuffix(FULFILLED_NOTE).rstrip()):
            return words
        blind = settings.hand_over == "late" and self._endless_since is not None
        stands = any(entry.state == "handed_over" for entry in entries)
        return NO_END if blind and waiting and not stands else None


def _differs(one: Instant | None, other: Instant | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) > _SAME_MOMENT
