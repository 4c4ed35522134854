"""The step protocol, pure: what a run asks for next, and what becomes of it through an outcome.

Attempts include the first. Delays are min(30 s, 2^attempt s); a `not_before` is kept to between 1 s and 30 min from
now. An attempt that may have happened is looked up, never repeated blindly. Before the point of no return a failure
undoes in reverse and then amends; after it nothing is ever taken back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from companion.kernel.instant import Instant, seconds
from companion.ports.sagas import ENDED, NEEDS_YOU
from companion.runtime.saga.actions import Act, Action, Apply, Assume, Check, LookUp, Outcome, Rest, Sleep, Undo
from companion.runtime.saga.definition import (
    UNDO_ATTEMPTS,
    CannotTell,
    Done,
    Failed,
    LookAgain,
    NotDone,
    Retry,
    Unknown,
    Waiting,
)
from companion.runtime.saga.run import Run, Shape, StepRecord

LONGEST_DELAY = 30.0
"""Seconds between two attempts at most, when nobody asks for more."""
FREE_DELAY = 15.0
"""Seconds until a held step is tried again, when nobody says when."""
LEAST_PATIENCE = timedelta(seconds=1)
MOST_PATIENCE = timedelta(minutes=30)
USED_UP = "attempts_used_up"
"""The code of a failure through passing errors only."""
USED_UP_TEXT = "It could not be done just now."


# ---- next ------------------------------------------------------------------------------------------------------------


def current(run: Run, shape: Shape) -> int | None:
    """The step that the run stands at; None when nothing is left to do on its way."""
    forward = len(shape.steps)
    if run.status != "compensating":
        return next((i for i in range(forward) if run.steps[i].state in ("pending", "started")), None)
    for i in reversed(range(forward)):
        state = run.steps[i].state
        if state == "undoing" or (state == "succeeded" and shape.steps[i].has_undo):
            return i
    return next((i for i in range(forward, len(run.steps)) if run.steps[i].state in ("pending", "started")), None)


def next_action(run: Run, shape: Shape, now: Instant) -> Action:
    """What the host must do next. Ask only when nothing of the run is under way."""
    if run.status in ENDED or run.status in NEEDS_YOU:
        return Rest()
    index = current(run, shape)
    if index is None:
        raise AssertionError("a run with nothing left to do has not ended: finish() it first")
    record = run.steps[index]
    if record.next_retry_at is not None and record.next_retry_at > now:
        return Sleep(record.next_retry_at)
    if run.status == "waiting" and record.next_retry_at is None:
        return Sleep(None)
    if run.status == "compensating" and not shape.is_amend(index):
        return _next_undo(index, record)
    return _next_step(index, record, shape)


def _next_step(index: int, record: StepRecord, shape: Shape) -> Action:
    step = shape.all[index]
    if step.kind == "local":
        return Apply(index)
    if step.kind == "wait":
        return Check(index)
    if record.state == "pending":
        return Act(index, record.attempt + 1)
    if step.has_look_up:
        return LookUp(index)
    error = record.last_error or "it was cut short"
    return Assume(index, Retry(error) if step.repeatable else CannotTell(error))


def _next_undo(index: int, record: StepRecord) -> Action:
    if record.state == "undoing" and record.next_retry_at is None:
        return Assume(index, Unknown("taking it back was cut short"))
    return Undo(index)


def begin(run: Run, action: Act | Undo, now: Instant, intent: str | None = None) -> Run:
    """The run with the attempt marked as under way: to be committed before the effect."""
    index = action.index
    record = run.steps[index]
    if isinstance(action, Undo):
        undoing = replace(record, state="undoing", undo_attempt=record.undo_attempt + 1, next_retry_at=None)
        return run.put(index, undoing)
    if run.status == "waiting":
        run = replace(run, status="running")
    started = replace(
        record,
        state="started",
        attempt=action.attempt,
        looks=0,
        intent=intent,
        intended_at=now,
        next_retry_at=None,
        last_error=None,
    )
    return run.put(index, started)


def rouse(run: Run, shape: Shape) -> Run:
    """The run with its sleep ended: it was woken, or its time has come by another clock than the wall's."""
    index = current(run, shape)
    if run.status in ENDED or run.status in NEEDS_YOU or index is None:
        return run
    record = run.steps[index]
    if record.state == "undoing" and record.next_retry_at is not None:
        # Without a due time it would read as cut short; one that was cut short must not be repeated.
        record = replace(record, state="succeeded")
    status = "running" if run.status == "waiting" else run.status
    return replace(run, status=status).put(index, replace(record, next_retry_at=None))


def wake_at(run: Run, shape: Shape) -> Instant | None:
    """When the run wants to go on by itself; None: at once, or never."""
    if run.status in ENDED or run.status in NEEDS_YOU:
        return None
    index = current(run, shape)
    return None if index is None else run.steps[index].next_retry_at


# ---- after -----------------------------------------------------------------------------------------------------------


def after(run: Run, shape: Shape, index: int, outcome: Outcome, now: Instant) -> Run:
    """What becomes of the run through the outcome of its step at `index`."""
    if run.status == "compensating" and not shape.is_amend(index):
        return _after_undo(run, shape, index, outcome, now)
    record = run.steps[index]
    match outcome:
        case Done(value):
            return _succeeded(run, shape, index, value, now)
        case Retry():
            return _again(run, shape, index, outcome, now)
        case NotDone():
            return _again(run, shape, index, Retry(record.last_error or "it had not happened"), now)
        case Failed():
            return _failed(run, shape, index, outcome, outcome.text)
        case Unknown(error):
            return run.put(index, replace(record, looks=0, next_retry_at=None, last_error=error))
        case LookAgain(after=wait, error=error):
            due = now + _patience(seconds(min(wait, MOST_PATIENCE.total_seconds())))
            looking = replace(record, looks=record.looks + 1, next_retry_at=due, last_error=error or record.last_error)
            return run.put(index, looking)
        case CannotTell(error):
            return _cannot_tell(run, shape, index, error)
        case Waiting(until):
            due_again = None if until is None else max(until, now + LEAST_PATIENCE)
            return replace(run, status="waiting").put(index, replace(record, state="started", next_retry_at=due_again))
        case _:
            assert_never(outcome)


def finish(run: Run, shape: Shape) -> Run:
    """The run, ended when nothing is left to do on its way."""
    if run.status in ENDED or run.status in NEEDS_YOU or current(run, shape) is not None:
        return run
    if run.status == "compensating":
        return replace(run, status="failed", error=None if run.failure is None else run.failure.text)
    return replace(run, status="completed")


def _succeeded(run: Run, shape: Shape, index: int, result: str, now: Instant) -> Run:
    done = replace(run.steps[index], state="succeeded", result=result, next_retry_at=None, last_error=None)
    run = run.put(index, done)
    if shape.all[index].point_of_no_return:
        run = replace(run, fulfilled_at=now)
    if run.status == "waiting":
        run = replace(run, status="running")
    return finish(run, shape)


def _again(run: Run, shape: Shape, index: int, retry: Retry, now: Instant) -> Run:
    record = run.steps[index]
    attempt = record.attempt if record.state == "started" else record.attempt + 1
    if not retry.free and attempt >= shape.all[index].attempts:
        used_up = Failed(USED_UP, USED_UP_TEXT)
        return _failed(run.put(index, replace(record, attempt=attempt)), shape, index, used_up, retry.error)
    again = replace(
        record,
        state="pending",
        attempt=attempt - 1 if retry.free else attempt,
        looks=0,
        intent=None,
        intended_at=None,
        next_retry_at=_due(retry, attempt, now),
        last_error=retry.error,
    )
    if run.status in ("running", "waiting"):
        run = replace(run, status="waiting" if retry.wakeable else "running")
    return run.put(index, again)


def _due(retry: Retry, attempt: int, now: Instant) -> Instant:
    if retry.not_before is not None:
        return now + _patience(retry.not_before - now)
    return now + seconds(FREE_DELAY if retry.free else min(LONGEST_DELAY, 2.0 ** min(attempt, 10)))


def _patience(wait: timedelta) -> timedelta:
    return min(max(wait, LEAST_PATIENCE), MOST_PATIENCE)


def _failed(run: Run, shape: Shape, index: int, failed: Failed, error: str) -> Run:
    run = run.put(index, replace(run.steps[index], state="failed", next_retry_at=None, last_error=error))
    if run.status == "waiting":
        run = replace(run, status="running")
    if shape.all[index].best_effort:
        return finish(run, shape)
    told = f"{shape.all[index].name}: {error}"
    if run.fulfilled_at is not None:
        return replace(run, status="post_commit_failed", error=told)
    if shape.is_amend(index) or shape.all[index].streamer_decides or run.decision == "fulfil":
        return replace(run, status="compensation_failed", error=told)
    return finish(replace(run, status="compensating", failure=failed, error=failed.text), shape)


def _cannot_tell(run: Run, shape: Shape, index: int, error: str) -> Run:
    run = run.put(index, replace(run.steps[index], state="unknown", next_retry_at=None, last_error=error))
    if shape.all[index].best_effort:
        return finish(run, shape)
    return replace(run, status="outcome_unknown", error=f"{shape.all[index].name}: {error}")


def _after_undo(run: Run, shape: Shape, index: int, outcome: Outcome, now: Instant) -> Run:
    record = run.steps[index]
    match outcome:
        case Done():
            undone = replace(record, state="undone", next_retry_at=None, last_error=None)
            return finish(run.put(index, undone), shape)
        case Retry(error=error, free=free) if free or record.undo_attempt < UNDO_ATTEMPTS:
            again = replace(
                record,
                undo_attempt=record.undo_attempt - 1 if free else record.undo_attempt,
                next_retry_at=_due(outcome, record.undo_attempt, now),
                last_error=error,
            )
            return run.put(index, again)
        case Retry(error=error) | Unknown(error) | CannotTell(error) | Failed(text=error):
            stuck = replace(record, state="undo_failed", next_retry_at=None, last_error=error)
            told = f"{shape.all[index].name} could not be taken back: {error}"
            return replace(run.put(index, stuck), status="compensation_failed", error=told)
        case _:
            raise AssertionError(f"no outcome of taking back: {outcome}")
