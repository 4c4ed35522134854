"""Pure decisions about the stream's life. Every time here is Twitch's, never this machine's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from companion.kernel.ids import deterministic_id
from companion.kernel.instant import Instant, format_instant
from companion.objects.stream_lifecycle.state import EndSession, GoOffline, GoOnline, LifecycleState, Step
from companion.ports.stream import StreamStarted, StreamState

POLL = timedelta(seconds=60)
EMPTY_ANSWERS = 5
EMPTY_FOR = timedelta(minutes=5)
ONLINE_GRACE = timedelta(minutes=10)
"""After a `stream.online`, empty answers of Helix are its lag, not the truth."""
LATE_END = timedelta(minutes=10)
"""So long after a stream began, the end of the one before may still be told."""
_TICK = timedelta(microseconds=1)


def online(state: LifecycleState, started: StreamStarted, *, seen_before: bool, window: timedelta) -> Sequence[Step]:
    """What a start report changes; empty when it is a repetition or stale.

    A stream id not seen before always opens. While another stream is live, that one is closed first, at
    its last confirmed poll: this machine slept through its end.
    """
    if seen_before:
        return ()
    steps: list[Step] = []
    untold = state.is_live or (state.end_untold and _soon_after(state, started))
    if state.is_live:
        closed_at = min(state.confirmed_at or started.started_at, started.started_at)
        if state.last_transition_at is not None:
            closed_at = max(closed_at, state.last_transition_at)  # no stream ends before it began
        steps.append(_close(state, closed_at, window, untold=True))
        state = steps[-1].state
    resumed = state.session_open and state.resume_until is not None and started.started_at <= state.resume_until
    if state.session_open and not resumed:
        steps.append(end(state))
        state = steps[-1].state
    steps.append(_open(state, started, resumed=resumed, untold=untold))
    return steps


def offline(state: LifecycleState, at: Instant, *, window: timedelta, by_helix: bool = False) -> Sequence[Step]:
    """What an end report changes: nothing while offline, or when it is older than the latest transition."""
    if not state.is_live or (state.last_transition_at is not None and at < state.last_transition_at):
        return ()
    return (_close(state, at, window, untold=by_helix),)


def may_be_of_the_stream_before(state: LifecycleState, at: Instant) -> bool:
    """Whether a told end may be the late one of the stream before the running one: such a message names no stream.

    The running stream is then better left alone. Had it ended after all, Helix shows none and closes it.
    """
    began = state.last_transition_at
    return state.is_live and state.end_untold and began is not None and at < began + LATE_END


def told(state: LifecycleState) -> LifecycleState:
    """`stream.offline` has told of the latest end: from now on it is certain."""
    return replace(state, end_untold=False)


def helix_may_reopen(state: LifecycleState, stream_id: str) -> bool:
    """Helix's silence alone had closed this stream; what `stream.offline` has ended stays ended."""
    return state.end_untold and not state.is_live and stream_id == state.stream_id


def end(state: LifecycleState) -> Step:
    """The open session is over for good."""
    if state.session_id is None:
        raise AssertionError("no session to end")
    return Step(replace(state, session_open=False, resume_until=None), EndSession(state.session_id))


def counted(state: LifecycleState, count: int, at: Instant) -> LifecycleState:
    """A viewer count of the running session."""
    return replace(state, viewer_count=count, viewers_seen_at=at, peak=max(state.peak, count))


def confirmed(state: LifecycleState, at: Instant) -> LifecycleState:
    """Helix shows the running stream."""
    return replace(state, confirmed_at=at, empty_answers=0, first_empty_at=None)


def empty_answer(state: LifecycleState, at: Instant) -> LifecycleState:
    """Helix shows no stream though one is live; counted only when its lag cannot explain it."""
    if state.online_seen_at is not None and at < state.online_seen_at + ONLINE_GRACE:
        return replace(state, empty_answers=0, first_empty_at=None)
    return replace(state, empty_answers=state.empty_answers + 1, first_empty_at=state.first_empty_at or at)


def helix_may_close(state: LifecycleState, at: Instant, *, obs_streaming: bool | None) -> bool:
    """Five empty answers in a row over five minutes, and OBS does not say that it streams."""
    return (
        state.is_live
        and obs_streaming is not True
        and state.empty_answers >= EMPTY_ANSWERS
        and state.first_empty_at is not None
        and at - state.first_empty_at >= EMPTY_FOR
    )


def public(state: LifecycleState) -> StreamState:
    """The state as others see it."""
    return StreamState(
        is_live=state.is_live,
        session_id=state.session_id,
        stream_id=state.stream_id,
        started_at=state.started_at,
        ended_at=None if state.is_live else state.ended_at,
        peak_viewer_count=state.peak,
        viewer_count=state.viewer_count if state.is_live else None,
        viewers_seen_at=state.viewers_seen_at if state.is_live else None,
        resume_until=state.resume_until,
    )


def _soon_after(state: LifecycleState, started: StreamStarted) -> bool:
    return state.ended_at is not None and started.started_at < state.ended_at + LATE_END


def _open(state: LifecycleState, started: StreamStarted, *, resumed: bool, untold: bool) -> Step:
    after = state.ended_at if helix_may_reopen(state, started.stream_id) else None
    again = () if after is None else (format_instant(after),)
    session_id = state.session_id if resumed else deterministic_id("session", started.stream_id, *again)
    opened = LifecycleState(
        is_live=True,
        session_open=True,
        session_id=session_id,
        stream_id=started.stream_id,
        started_at=state.started_at if resumed else started.started_at,
        peak=state.peak if resumed else 0,
        last_transition_at=_later(started.started_at if after is None else started.seen_at, state),
        online_seen_at=started.seen_at,
        end_untold=untold and after is None,
    )
    return Step(opened, GoOnline(started.stream_id, resumed, after))


def _later(at: Instant, state: LifecycleState) -> Instant:
    """`at`, or just past the latest transition.

    A new stream may have begun before the end of the old one was stamped; whoever goes by the times of the events must
    find them in the order of the transitions all the same.
    """
    return at if state.last_transition_at is None else max(at, state.last_transition_at + _TICK)


def _close(state: LifecycleState, at: Instant, window: timedelta, *, untold: bool = False) -> Step:
    if state.stream_id is None:
        raise AssertionError("a live session without a stream")
    after = replace(
        state,
        is_live=False,
        ended_at=at,
        resume_until=at + window,
        last_transition_at=_later(at, state),
        end_untold=untold,
        viewer_count=None,
        empty_answers=0,
        first_empty_at=None,
    )
    return Step(after, GoOffline(state.stream_id, at, state.last_transition_at))
