"""What the streamer may decide about a run, pure: which decisions are offered, and what each makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from companion.ports.sagas import NEEDS_YOU, RunStatus, Settlement
from companion.runtime.saga.definition import Failed
from companion.runtime.saga.protocol import finish
from companion.runtime.saga.run import Run, Shape, StepRecord, StepShape

GIVEN_BACK = Failed("refunded_by_streamer", "The streamer gave it back.")
IGNORED = "The streamer decided to leave it as it is."


def offers(run: Run, shape: Shape) -> tuple[Settlement, ...]:
    """The decisions that are possible now, none unless the run needs the streamer."""
    if run.status not in NEEDS_YOU:
        return ()
    answers: list[Settlement] = []
    if shape.refundable and run.fulfilled_at is None:
        given = {run.steps[i].state for i in _binding_amends(shape)}
        # What may have been given back already must not be fulfilled, nor given back without looking.
        if shape.point_of_no_return is not None and not given & {"succeeded", "started", "unknown"}:
            answers.append("fulfil")
        if shape.amends and "unknown" not in given:
            answers.append("refund")
    if _to_retry(run, shape):
        answers.append("retry")
    return (*answers, "ignore")


def settle(run: Run, shape: Shape, settlement: Settlement) -> Run:
    """The run after the decision, which must be among the `offers`."""
    if settlement not in offers(run, shape):
        raise AssertionError(f"{settlement} is not offered")
    match settlement:
        case "fulfil":
            return _fulfil(run, shape)
        case "refund":
            for index in _binding_amends(shape):
                if run.steps[index].state == "failed":
                    run = run.put(index, _fresh(run.steps[index]))
            failure = run.failure or GIVEN_BACK
            return finish(replace(run, status="compensating", failure=failure, decision="refund", error=None), shape)
        case "ignore":
            ended: RunStatus = "failed" if run.fulfilled_at is None else "completed"
            return replace(run, status=ended, decision="ignore", error=IGNORED)
        case "retry":
            return _going(run, shape, _to_retry(run, shape))
        case _:
            assert_never(settlement)


def look_again(run: Run, shape: Shape) -> Run:
    """The run with what nobody could tell looked at once more, for something of it may be seen by now.

    Unlike the streamer's `retry` this touches nothing that could only be done again without a look. The same run when
    nothing is left.
    """
    if run.status != "outcome_unknown":
        return run
    to_look = tuple(i for i in _to_retry(run, shape) if _can_look(shape.all[i]))
    return _going(run, shape, to_look) if to_look else run


def _can_look(step: StepShape) -> bool:
    """An effect that was not begun broke before anything was sent: it is prepared anew, and looks then."""
    return step.kind == "wait" or step.has_look_up


def _going(run: Run, shape: Shape, indexes: tuple[int, ...]) -> Run:
    for index in indexes:
        run = run.put(index, _retried(run.steps[index]))
    going: RunStatus = "running" if run.failure is None else "compensating"
    return finish(replace(run, status=going, error=None), shape)


def _fulfil(run: Run, shape: Shape) -> Run:
    final = shape.point_of_no_return
    if final is None:
        raise AssertionError("fulfil is not offered without a point of no return")
    for index in range(final):
        if run.steps[index].state != "succeeded":
            run = run.put(index, replace(run.steps[index], state="skipped", next_retry_at=None))
    run = run.put(final, _retried(run.steps[final]))
    return replace(run, status="running", failure=None, decision="fulfil", error=None)


def _binding_amends(shape: Shape) -> tuple[int, ...]:
    """Amends whose failure counts."""
    return tuple(i for i in range(len(shape.steps), len(shape.all)) if not shape.all[i].best_effort)


def _to_retry(run: Run, shape: Shape) -> tuple[int, ...]:
    """The steps that hold the run up and that can be tried, or looked at, anew."""
    binding = [i for i, step in enumerate(shape.all) if not step.best_effort]
    match run.status:
        case "outcome_unknown":
            # On the way back a forward step that nobody can tell of stays as it is.
            at_hand = binding if run.failure is None else list(_binding_amends(shape))
            unknown = [i for i in at_hand if run.steps[i].state == "unknown"]
            return tuple(i for i in unknown if run.steps[i].intended_at is None or shape.all[i].has_look_up)
        case "post_commit_failed":
            return tuple(i for i in binding if run.steps[i].state == "failed")
        case "compensation_failed":
            if run.failure is None:
                return tuple(i for i in binding if run.steps[i].state == "failed")
            amends = tuple(i for i in _binding_amends(shape) if run.steps[i].state == "failed")
            return amends or tuple(i for i, record in enumerate(run.steps) if record.state == "undo_failed")
        case _:
            return ()


def _retried(record: StepRecord) -> StepRecord:
    if record.state == "undo_failed":
        return replace(record, state="succeeded", undo_attempt=0, last_error=None)
    if record.state in ("unknown", "started") and record.intended_at is not None:
        return replace(record, state="started", looks=0, next_retry_at=None)
    return _fresh(record)


def _fresh(record: StepRecord) -> StepRecord:
    return StepRecord(last_error=record.last_error)
