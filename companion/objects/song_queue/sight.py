"""What a look at Spotify changes: which requests stand there, play, are over, or may be tried again."""

from __future__ import annotations

import logging
from collections.abc import Callable

from companion.kernel.instant import Instant
from companion.objects.song_queue import attribution, progress, store
from companion.objects.song_queue.line import Line
from companion.objects.song_queue.memory import Memory
from companion.objects.song_queue.relinking import relink
from companion.ports.playback import QueueWatch
from companion.ports.sagas import SagaStarter
from companion.ports.spotify import PlaybackPicture, UpcomingPicture
from companion.ports.transaction import Transaction
from companion.runtime.transactions import StorageFailure, Transactions, session_of


class Sight:
    """Follows what the playback object reads. `twitch_time` gives what Twitch's clock showed at an instant of ours."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        memory: Memory,
        line: Line,
        playback: QueueWatch,
        sagas: SagaStarter,
        twitch_time: Callable[[Instant], Instant],
        logger: logging.Logger,
    ) -> None:
        self._transactions = transactions
        self._memory = memory
        self._line = line
        self._playback = playback
        self._sagas = sagas
        self._twitch_time = twitch_time
        self._logger = logger
        self._out_of_sight = False

    def sync(self, picture: PlaybackPicture, upcoming: UpcomingPicture | None) -> None:
        """What plays and what comes next, read together. Everything that follows from it is one transaction."""
        self._memory.catch_up()
        try:
            with self._transactions.begin() as tx:
                self._sync_in(tx, picture, upcoming)
        except StorageFailure:
            self._logger.warning("what Spotify shows could not be stored; the next look goes on from the last one")

    def hand_over_failed(self, *, first: bool) -> None:
        """Spotify takes nothing. When it is in sight again after this, all requests that are held are tried at once.

        `first`: the request was not held before. A repetition says nothing new while Spotify is in sight all along.
        """
        self._out_of_sight = self._out_of_sight or first or not self._sees_spotify()

    def _sees_spotify(self) -> bool:
        state = self._playback.get_state()
        return state.problem is None and state.picture is not None and state.picture.kind != "nothing"

    def _sync_in(self, tx: Transaction, picture: PlaybackPicture, upcoming: UpcomingPicture | None) -> None:
        """At the beginning of a transaction what is remembered is what is stored: it need not be read again."""
        session, now = session_of(tx), picture.seen_at
        before, known = self._memory.entries, self._memory.known
        self._line.saw(picture)
        changed = {entry.id: entry for entry in relink(before, known, picture, upcoming)}
        entries = [changed.get(entry.id, entry) for entry in before]
        seen = attribution.observe(known, picture, upcoming, progress.pending_of(entries, now))
        changed |= {entry.id: entry for entry in progress.advance(entries, seen, now)}
        for entry in changed.values():
            store.put(session, entry)
            if entry.state == "played" and entry.playing_since is not None:
                store.add_to_history(session, entry, self._twitch_time(entry.playing_since))
            self._sagas.wake_in(tx, entry.id)
        self._memory.learn(tx, seen.known)
        if changed:
            self._memory.touch(tx)
        self._look_for_held(tx, picture)
        after = (changed.get(entry.id, entry) for entry in before)
        self._line.wake_next(tx, entries=[entry for entry in after if entry.active], known=seen.known)

    def _look_for_held(self, tx: Transaction, picture: PlaybackPicture) -> None:
        if picture.kind == "nothing":
            self._out_of_sight = True
        elif self._out_of_sight:
            self._out_of_sight = False
            for entry in self._memory.entries:
                if entry.held_since is not None:
                    self._sagas.wake_in(tx, entry.id)
