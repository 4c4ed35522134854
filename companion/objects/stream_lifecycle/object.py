"""`StreamLifecycle`: knows whether the stream is live, and counts its viewers every 60 s while it is.

Here stand the calls and the alarms. What is decided is in `rules`, how it is kept in `keeper`, what an answer of Helix
changes in `helix`, and what a transition leaves to be done in `transitions`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.stream_lifecycle import history, rules
from companion.objects.stream_lifecycle.helix import HelixReader
from companion.objects.stream_lifecycle.keeper import StreamKeeper
from companion.objects.stream_lifecycle.state import LifecycleState
from companion.objects.stream_lifecycle.transitions import TodoWorker
from companion.ports.failures import NoAccess, NotConfigured, NotFound, StorageFailed
from companion.ports.stream import (
    RESUME_WINDOW,
    BadRange,
    InvalidCount,
    LifecycleError,
    NotLive,
    ReconcileReport,
    Reconciliation,
    StreamAudience,
    StreamingOutput,
    StreamStarted,
    StreamState,
    ViewerBucket,
    ViewerHistory,
    ViewerPoint,
)
from companion.ports.transaction import Transaction
from companion.ports.twitch import StreamAnswer, TwitchApi
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.transactions import StorageFailure

POLL_ALARM = "poll-viewers"
END_ALARM = "end-session"
RESUME_ALARM = "resume"
"""In memory only: what is left to be done is tried again once the database may work again."""
RESUME_AFTER = 60.0
END_AGAIN = timedelta(seconds=15)
END_ATTEMPTS = 20
"""Five minutes in which an end waits for Helix: as long as a login or a network takes that comes at all."""
MOST_VIEWERS = 2**63 - 1
"""What a column of SQLite holds."""


class StreamLifecycle(DurableObject):
    """One stream session at a time: live, offline for now, or over."""

    name = "stream-lifecycle"

    def __init__(
        self,
        *,
        runtime: Runtime,
        twitch: TwitchApi,
        spotify_token: StreamAudience,
        twitch_token: StreamAudience,
        bot_token: StreamAudience,
        obs: StreamingOutput,
        logger: logging.Logger,
        on_change: Callable[[], None],
        resume_window: timedelta = RESUME_WINDOW,
        poll_every: timedelta = rules.POLL,
    ) -> None:
        super().__init__(runtime)
        self._twitch = twitch
        self._logger = logger
        self._window = resume_window
        self._poll_every = poll_every
        self._keeper = StreamKeeper(
            transactions=runtime.transactions, clock=runtime.clock, logger=logger, on_change=on_change
        )
        self._helix = HelixReader(keeper=self._keeper, obs=obs, window=resume_window, logger=logger)
        self._unanswered = 0
        self._todos = TodoWorker(
            transactions=runtime.transactions,
            bus=runtime.bus,
            clock=runtime.clock,
            logger=logger,
            audience={"tell_spotify": spotify_token, "tell_twitch": twitch_token, "tell_bot": bot_token},
            polling=self._plan_alarms,
        )

    # Life

    def load(self) -> str | None:
        """Read the stored state. The answer is why it had to be set aside, None if it was sound."""
        return self._keeper.load()

    async def resume(self) -> None:
        """Do what an earlier run left to be done, when the token objects stand. What fails is tried again."""
        try:
            await self._work_off()
        except StorageFailure as failure:
            self._logger.warning("what the stream left to be done has to wait: %s", failure.detail)

    async def on_alarm(self, name: str) -> None:
        """`poll-viewers`: ask Helix. `end-session`: the window is over. `resume`: see there."""
        if name == END_ALARM:
            await self._window_is_over()
            return
        if name == RESUME_ALARM:
            await self.resume()
            return
        fired_at = self.clock.now()
        if not self._state.is_live:
            return
        await self._look()
        if self._state.is_live:
            with self.transactions.begin() as tx:
                self.set_alarm(tx, POLL_ALARM, max(fired_at + self._poll_every, self.clock.now()))

    # What others call: see `ports.stream.StreamLifecyclePort`

    @storage_to_result
    async def on_stream_online(self, stream: StreamStarted | None = None) -> Result[None, LifecycleError]:
        """The stream has started. Without `stream` Twitch is asked; `NotFound` while Helix shows none."""
        if stream is None:
            asked = await self._twitch.get_stream()
            if isinstance(asked, Err):
                return asked
            shown = asked.value.stream
            if shown is None:
                return Err(NotFound("Twitch does not show a live stream yet"))
            self._helix.open(shown, asked.value.answered_at)
        else:
            seen = self._keeper.has_seen(stream.stream_id)
            self._keeper.apply(rules.online(self._state, stream, seen_before=seen, window=self._window))
        await self._work_off()
        return Ok(None)

    @storage_to_result
    async def on_stream_offline(self, at: Instant | None = None) -> Result[None, LifecycleError]:
        """The stream has ended at `at` (Twitch's time); without it, at the time Twitch answers."""
        if at is None:
            asked = await self._twitch.get_stream()
            if isinstance(asked, Err):
                return asked
            at = asked.value.answered_at
        doubtful = rules.may_be_of_the_stream_before(self._state, at)
        if self._state.end_untold:
            self._keeper.keep(rules.told(self._state))
        if doubtful:
            self._logger.info("an end was told that may be that of the stream before: the running one goes on")
        else:
            self._keeper.apply(rules.offline(self._state, at, window=self._window))
        await self._work_off()
        return Ok(None)

    @storage_to_result
    async def end_session(self) -> Result[None, LifecycleError]:
        """End a session that is offline for now; nothing to do while live, or when none is open."""
        if self._state.session_open and not self._state.is_live:
            self._keeper.apply((rules.end(self._state),))
        await self._work_off()
        return Ok(None)

    @storage_to_result
    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        """Compare with Helix and mend. An empty answer closes only as `rules.helix_may_close` says."""
        before = self._state
        said = await self._look()
        if isinstance(said, Err):
            return said
        after = self._state
        outcome: Reconciliation = "noop"
        if before.is_live != after.is_live:
            outcome = "set_online" if after.is_live else "set_offline"
        elif before.is_live and before.stream_id != after.stream_id:
            outcome = "replaced"
        stream = said.value.stream
        told = "no live stream" if stream is None else f"stream {stream.stream_id} with {stream.viewer_count} viewers"
        return Ok(ReconcileReport(outcome, rules.public(before), rules.public(after), told))

    @storage_to_result
    async def record_viewer_count(self, count: int) -> Result[None, InvalidCount | NotLive | StorageFailed]:
        """Store one count, now. A second one in the same instant replaces the first."""
        if type(count) is not int or not 0 <= count <= MOST_VIEWERS:
            return Err(InvalidCount(count))
        if not self._state.is_live:
            return Err(NotLive())
        self._keeper.record(count, self.clock.now())
        return Ok(None)

    def get_stream_state(self) -> StreamState:
        """The present state."""
        return rules.public(self._state)

    def get_is_live(self) -> bool:
        """Whether a session is live."""
        return self._state.is_live

    @storage_to_result
    async def get_viewer_history(
        self, since: Instant | None = None, until: Instant | None = None, *, limit: int | None = None, offset: int = 0
    ) -> Result[ViewerHistory, BadRange | StorageFailed]:
        """Recorded counts, both bounds inclusive, ascending."""
        problem = history.range_problem(since, until, limit, offset)
        if problem is not None:
            return Err(problem)
        return Ok(await self.transactions.read_elsewhere(lambda s: history.history(s, since, until, limit, offset)))

    @storage_to_result
    async def get_viewer_series(
        self, since: Instant, until: Instant, *, buckets: int
    ) -> Result[Sequence[ViewerBucket], BadRange | StorageFailed]:
        """Counts thinned to at most `buckets` (1..2000) stretches."""
        problem = history.range_problem(since, until, None, 0)
        if problem is not None or not 1 <= buckets <= history.MOST_BUCKETS:
            return Err(problem or BadRange("buckets must be 1 to 2000"))
        return Ok(await self.transactions.read_elsewhere(lambda s: history.series(s, since, until, buckets)))

    def sparkline(self) -> Sequence[ViewerPoint]:
        """The newest points of the session, ascending, for the small chart."""
        return self._keeper.points

    def ping(self) -> str:
        """The object is there."""
        return "pong"

    # Inside

    @property
    def _state(self) -> LifecycleState:
        return self._keeper.state

    async def _window_is_over(self) -> None:
        """End what did not come back; Helix is asked first.

        The stream may have come back while Companion was off or deaf: then the alarm is overdue before anybody told of
        it. While Helix cannot be asked (the login is not read yet, no network) the end waits, though not for long.
        """
        before = self._state
        if not before.session_open or before.is_live:
            return
        said = await self._look()
        if self._state.is_live or self._state.session_id != before.session_id:
            return
        self._unanswered = self._unanswered + 1 if isinstance(said, Err) and not _nobody_to_ask(said.error) else 0
        if 0 < self._unanswered < END_ATTEMPTS:
            with self.transactions.begin() as tx:
                self.set_alarm(tx, END_ALARM, self.clock.now() + END_AGAIN)
            return
        self._unanswered = 0
        if isinstance(await self.end_session(), Err):
            self.remind(END_ALARM, RESUME_AFTER)

    async def _look(self) -> Result[StreamAnswer, LifecycleError]:
        """Ask Helix and take in what it says."""
        before = self._state
        asked = await self._twitch.get_stream()
        if isinstance(asked, Err):
            self._logger.info("the stream could not be looked up: %s", type(asked.error).__name__)
            return asked
        if self._state.last_transition_at != before.last_transition_at:
            return asked  # a transition came in while Helix was asked: its answer is older than that
        self._helix.take(asked.value)
        await self._work_off()
        return asked

    async def _work_off(self) -> None:
        try:
            async with self.gate:
                await self._todos.work_off()
        except StorageFailure:
            self.remind(RESUME_ALARM, RESUME_AFTER)
            raise

    def _plan_alarms(self, tx: Transaction, now: Instant, online: bool) -> None:
        if online:
            self.set_alarm(tx, POLL_ALARM, now)
            self.cancel_alarm(tx, END_ALARM)
        else:
            self.cancel_alarm(tx, POLL_ALARM)
            self.set_alarm(tx, END_ALARM, now + self._window)


def _nobody_to_ask(error: LifecycleError) -> bool:
    return isinstance(error, NoAccess) and isinstance(error.reason, NotConfigured)
