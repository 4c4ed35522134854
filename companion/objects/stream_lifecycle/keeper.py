"""What the stream object holds: its state and the newest viewer counts, and how both are kept."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

from companion.kernel.instant import Clock, Instant
from companion.objects.stream_lifecycle import history, rules
from companion.objects.stream_lifecycle.state import EndSession, GoOffline, GoOnline, LifecycleState, Step, Transition
from companion.objects.stream_lifecycle.tables import SINGLETON, StreamSeenRow, StreamStateRow, ViewerSnapshotRow
from companion.objects.stream_lifecycle.transitions import write_steps
from companion.ports.stream import ViewerPoint
from companion.runtime.set_aside import load_or_set_aside
from companion.runtime.transactions import Transactions, session_of

SPARKLINE = 240
_WORDS: dict[type[Transition], str] = {
    GoOnline: "the stream is live",
    GoOffline: "the stream is offline",
    EndSession: "the session is over",
}


class StreamKeeper:
    """State and newest counts, in memory as they are on disk. Not called from outside its stream object.

    Every method is one transaction of its own. It raises `StorageFailure`, and has then changed nothing.
    """

    def __init__(
        self, *, transactions: Transactions, clock: Clock, logger: logging.Logger, on_change: Callable[[], None]
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._logger = logger
        self._on_change = on_change
        self._state = LifecycleState()
        self._points: deque[ViewerPoint] = deque(maxlen=SPARKLINE)

    @property
    def state(self) -> LifecycleState:
        """The present state."""
        return self._state

    @property
    def points(self) -> Sequence[ViewerPoint]:
        """The newest counts of the session, ascending."""
        return tuple(self._points)

    def load(self) -> str | None:
        """Read the stored state. The answer is why it had to be set aside, None if it was sound."""
        with self._transactions.begin() as tx:
            row, problem = load_or_set_aside(tx.session, StreamStateRow, SINGLETON, self._clock.now())
            self._state = LifecycleState() if row is None else row.value()
            if self._state.session_id is not None:
                self._points.extend(history.newest(tx.session, self._state.session_id, SPARKLINE))
        return problem

    def apply(self, steps: Sequence[Step]) -> None:
        """Go through accepted transitions; what they leave to be done is written down with them."""
        if not steps:
            return
        with self._transactions.begin() as tx:
            state = write_steps(tx, steps)
        if state.session_id != self._state.session_id:
            self._points.clear()
        self._state = state
        for step in steps:
            self._logger.info(_WORDS[type(step.transition)])
        self._on_change()

    def keep(self, state: LifecycleState) -> None:
        """Take a state that differs in nothing that others see."""
        with self._transactions.begin() as tx:
            tx.session.merge(StreamStateRow.of(state))
        self._state = state

    def record(self, count: int, at: Instant, *, confirm: bool = False) -> None:
        """Add a viewer count of the running session; `confirm`: Helix gave it, and so showed the stream."""
        state = rules.counted(self._state, count, at)
        if confirm:
            state = rules.confirmed(state, at)
        session_id = state.session_id
        if session_id is None:
            raise AssertionError("a viewer count without a session")
        with self._transactions.begin() as tx:
            tx.session.merge(ViewerSnapshotRow(session_id=session_id, at=at, viewer_count=count))
            tx.session.merge(StreamStateRow.of(state))
        self._state = state
        if self._points and self._points[-1].at == at:
            self._points.pop()
        self._points.append(ViewerPoint(session_id, at, count))
        self._on_change()

    def has_seen(self, stream_id: str) -> bool:
        """Whether this stream has opened, or gone on with, a session before."""
        with self._transactions.begin() as tx:
            return session_of(tx).get(StreamSeenRow, stream_id) is not None
