"""The protocol alone: its numbers, and a random walk through every outcome that a step can have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.instant import Instant, seconds
from companion.ports.sagas import ENDED, NEEDS_YOU
from companion.runtime.saga.actions import Act, Apply, Assume, Check, LookUp, Outcome, Rest, Sleep, Undo
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
from companion.runtime.saga.protocol import after, begin, next_action, rouse, wake_at
from companion.runtime.saga.run import Run, Shape, StepShape, new_run
from companion.runtime.saga.settlements import look_again, offers, settle
from tests.fakes.clock import START

LOCAL = StepShape("local", "local", has_undo=True)
EFFECT = StepShape("effect", "effect", attempts=3, has_look_up=True, has_undo=True)
FINAL = StepShape("final", "effect", attempts=3, has_look_up=True, point_of_no_return=True)
BACK = StepShape("back", "effect", attempts=5, has_look_up=True)


def one(step: StepShape, *amends: StepShape) -> Shape:
    return Shape((step,), amends, refundable=True)


def acted(run: Run, shape: Shape, outcome: Outcome, now: Instant = START) -> Run:
    action = next_action(run, shape, now)
    assert isinstance(action, Act)
    return after(begin(run, action, now), shape, action.index, outcome, now)


@pytest.mark.parametrize("attempt, delay", [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (9, 30)])
def test_delays_double_up_to_thirty_seconds(attempt: int, delay: float) -> None:
    shape = one(replace(EFFECT, attempts=10))
    run, now = new_run(shape), START
    for _ in range(attempt):
        now = wake_at(run, shape) or now
        run = acted(run, shape, Retry("busy"), now)
    assert wake_at(run, shape) == now + seconds(delay)
    assert next_action(run, shape, now) == Sleep(now + seconds(delay))
    assert next_action(run, shape, now + seconds(delay)) == Act(0, attempt + 1)


@pytest.mark.parametrize("asked, kept", [(-5, 1), (0.2, 1), (90, 90), (7200, 1800)])
def test_a_wish_for_patience_is_kept_within_bounds(asked: float, kept: float) -> None:
    shape = one(EFFECT)
    run = acted(new_run(shape), shape, Retry("busy", not_before=START + seconds(asked)))
    assert wake_at(run, shape) == START + seconds(kept)


def test_attempts_include_the_first() -> None:
    shape = one(EFFECT)
    run = new_run(shape)
    for _ in range(2):
        run = rouse(acted(run, shape, Retry("busy")), shape)
        assert run.status == "running"
    run = acted(run, shape, Retry("busy"))
    assert (run.status, run.steps[0].state, run.steps[0].attempt) == ("failed", "failed", 3)
    assert run.steps[0].last_error == "busy"


def test_a_free_attempt_is_none() -> None:
    shape = one(EFFECT)
    run = new_run(shape)
    for _ in range(50):
        run = acted(run, shape, Retry("no device", free=True))
        assert wake_at(run, shape) == START + seconds(15)
        run = rouse(run, shape)
    assert run.steps[0].attempt == 0


def test_a_held_run_waits_and_a_repeated_one_does_not() -> None:
    shape = one(EFFECT, BACK)
    run = acted(new_run(shape), shape, HELD)
    assert (run.status, wake_at(run, shape)) == ("waiting", START + seconds(15))
    assert next_action(run, shape, START) == Sleep(START + seconds(15))
    assert next_action(rouse(run, shape), shape, START) == Act(0, 1)
    due = begin(run, Act(0, 1), START + seconds(15))
    assert due.status == "running"  # else it would sleep for ever, should the process end here
    assert acted(rouse(run, shape), shape, Retry("busy")).status == "running"
    back = after(run, shape, 0, Failed("no", "No."), START)
    assert acted(back, shape, HELD).status == "compensating"


@pytest.mark.parametrize("state", ["running", "crashed"])
def test_a_started_attempt_is_looked_up(state: str) -> None:
    shape = one(EFFECT)
    run = begin(new_run(shape), Act(0, 1), START)
    if state == "running":
        run = after(run, shape, 0, Unknown("lost"), START)
    assert next_action(run, shape, START) == LookUp(0)
    looking = after(run, shape, 0, LookAgain(5.0), START)
    assert (looking.steps[0].looks, wake_at(looking, shape)) == (1, START + seconds(5))
    again = after(rouse(looking, shape), shape, 0, NotDone(), START)
    assert (again.steps[0].state, again.steps[0].attempt) == ("pending", 1)
    assert next_action(again, shape, START + seconds(2)) == Act(0, 2)


def test_without_a_look_up_reads_are_repeated_and_writes_are_not() -> None:
    read = one(replace(EFFECT, has_look_up=False, repeatable=True))
    write = one(replace(EFFECT, has_look_up=False))
    began = begin(new_run(read), Act(0, 1), START)
    assert next_action(began, read, START) == Assume(0, Retry("it was cut short"))
    assert next_action(began, write, START) == Assume(0, CannotTell("it was cut short"))


def test_an_undo_is_tried_five_times_then_the_amends_are_withheld() -> None:
    shape = Shape((EFFECT, replace(FINAL, name="last")), (BACK,))
    run = acted(acted(new_run(shape), shape, Done("null")), shape, Failed("no", "No."))
    for _ in range(UNDO_ATTEMPTS):
        assert (run.status, next_action(run, shape, START)) == ("compensating", Undo(0))
        run = rouse(after(begin(run, Undo(0), START), shape, 0, Retry("busy"), START), shape)
    assert (run.status, run.steps[0].state) == ("compensation_failed", "undo_failed")
    assert next_action(run, shape, START) == Rest()


def test_an_undo_that_was_cut_short_is_not_repeated() -> None:
    shape = Shape((EFFECT, FINAL), (BACK,))
    run = acted(acted(new_run(shape), shape, Done("null")), shape, Failed("no", "No."))
    assert next_action(begin(run, Undo(0), START), shape, START) == Assume(0, Unknown("taking it back was cut short"))


def test_a_wait_in_the_past_does_not_spin() -> None:
    shape = one(StepShape("turn", "wait"))
    run = after(new_run(shape), shape, 0, Waiting(START - timedelta(days=1)), START)
    assert wake_at(run, shape) == START + seconds(1)
    assert next_action(after(run, shape, 0, Waiting(), START), shape, START) == Sleep(None)


STEPS = st.lists(
    st.sampled_from(
        [
            LOCAL,
            EFFECT,
            StepShape("turn", "wait"),
            replace(EFFECT, best_effort=True, has_look_up=False, has_undo=False),
            replace(EFFECT, repeatable=True, has_look_up=False, attempts=1),
        ]
    ),
    max_size=4,
)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    steps = [*draw(STEPS), FINAL, *draw(STEPS)]
    amends = draw(st.lists(st.sampled_from([BACK, replace(BACK, best_effort=True)]), min_size=1, max_size=2))
    named = [replace(step, name=f"{i} {step.name}") for i, step in enumerate([*steps, *amends])]
    return Shape(tuple(named[: len(steps)]), tuple(named[len(steps) :]), draw(st.booleans()))


BROKEN = CannotTell("a fault in Companion")
"""What a bug in a step of ours comes to."""
FORWARD: list[Outcome] = [Done("null"), Done("null"), Done("null"), Failed("no", "No.")]
HELD = Retry("held", free=True, wakeable=True)
EFFECTS: list[Outcome] = [*FORWARD, Retry("busy"), Retry("free", free=True), HELD, Unknown("lost")]
LOOKS: list[Outcome] = [Done("null"), NotDone(), LookAgain(0.0), CannotTell("dark"), Failed("no", "No.")]
UNDOS: list[Outcome] = [Done("null"), Done("null"), Retry("busy"), Unknown("lost"), Failed("no", "No.")]


class Walk:
    """Follows the protocol, checking after each step that it never goes where it must not."""

    def __init__(self, shape: Shape, data: st.DataObject) -> None:
        self.shape, self.data = shape, data
        self.run, self.now = new_run(shape), START

    def go(self) -> None:
        action = next_action(self.run, self.shape, self.now)
        match action:
            case Rest():
                self._decide()
            case Sleep(None):
                self.run = rouse(self.run, self.shape)
            case Sleep(until):
                assert until is not None and until > self.now
                self.now = until
            case Assume(index, outcome):
                self._took(index, outcome)
            case Apply(index):
                self._took(index, self._draw(FORWARD))
            case Check(index):
                self._took(index, self._draw([*FORWARD, BROKEN, Waiting(), Waiting(self.now + seconds(9))]))
            case LookUp(index):
                self._took(index, self._draw(LOOKS))
            case Act(index, attempt):
                record = self.run.steps[index]
                assert record.state == "pending", "a step is acted on that is not pending"
                assert attempt == record.attempt + 1 <= self.shape.all[index].attempts
                self._never_back_after_final(index)
                if self.data.draw(st.integers(0, 19)) == 19:  # its preparation breaks
                    self._took(index, BROKEN)
                    return
                self.run = begin(self.run, action, self.now)
                if not self._dies():
                    self._took(index, self._draw(EFFECTS))
            case Undo(index):
                self._take_back(action, index)

    def _take_back(self, action: Undo, index: int) -> None:
        assert self.run.steps[index].state in ("succeeded", "undoing")
        self._never_back_after_final(len(self.shape.steps))
        later = self.run.steps[index + 1 : len(self.shape.steps)]
        steps = self.shape.steps[index + 1 :]
        assert not any(s.has_undo and r.state == "succeeded" for s, r in zip(steps, later, strict=True))
        if self.shape.all[index].kind == "effect":
            self.run = begin(self.run, action, self.now)
        if not self._dies():
            self._took(index, self._draw(UNDOS))

    def _never_back_after_final(self, index: int) -> None:
        assert self.run.fulfilled_at is None or not self.shape.is_amend(index)

    def _dies(self) -> bool:
        """The process ends here; what was begun stands as begun."""
        return self.data.draw(st.sampled_from([False, False, False, True]))

    def _draw(self, outcomes: list[Outcome]) -> Outcome:
        return self.data.draw(st.sampled_from(outcomes))

    def _decide(self) -> None:
        assert self.run.status in NEEDS_YOU
        roused = look_again(self.run, self.shape)
        if roused != self.run and self.data.draw(st.booleans()):
            self._looks_only(roused)
            self.run = roused
            return
        self.run = settle(self.run, self.shape, self.data.draw(st.sampled_from(offers(self.run, self.shape))))

    def _looks_only(self, roused: Run) -> None:
        """What was roused is looked at, or asks a wait of ours: nothing that was begun is begun again without that."""
        assert self.run.status == "outcome_unknown" and roused.status in ("running", "compensating")
        action = next_action(roused, self.shape, self.now)
        assert isinstance(action, LookUp | Check | Act)
        assert not isinstance(action, Act) or self.run.steps[action.index].intended_at is None
        changed = [i for i, (old, new) in enumerate(zip(self.run.steps, roused.steps, strict=True)) if old != new]
        assert changed and all(self.run.steps[i].state == "unknown" for i in changed)

    def _took(self, index: int, outcome: Outcome) -> None:
        before = self.run
        self.run = after(before, self.shape, index, outcome, self.now)
        for i, (old, new) in enumerate(zip(before.steps, self.run.steps, strict=True)):
            assert i == index or old == new, "an outcome touched another step"
            if old.state == "succeeded":
                assert new.state in ("succeeded", "undone", "undo_failed", "undoing")
        assert before.fulfilled_at is None or self.run.status not in ("compensating", "failed", "compensation_failed")


@settings(max_examples=150, deadline=None)
@given(shape=shapes(), data=st.data())
def test_every_walk_keeps_the_promises_and_ends_or_is_visible(shape: Shape, data: st.DataObject) -> None:
    walk = Walk(shape, data)
    for _ in range(120):
        if walk.run.status in ENDED:
            break
        walk.go()
    final = shape.point_of_no_return
    assert final is not None
    run = walk.run
    assert (run.steps[final].state == "succeeded") == (run.fulfilled_at is not None)
    if run.status == "completed" and run.decision != "ignore":
        assert run.fulfilled_at is not None
    if run.status == "failed" and run.decision != "ignore":
        binding = [i for i, amend in enumerate(shape.all) if shape.is_amend(i) and not amend.best_effort]
        assert all(run.steps[i].state == "succeeded" for i in binding)
    assert (run.status in NEEDS_YOU) == bool(offers(run, shape))
