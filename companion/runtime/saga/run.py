"""A run as a value: what the journal knows of it, and the shape of the saga it follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from companion.kernel.instant import Instant
from companion.ports.sagas import RunStatus, Settlement, StepState
from companion.runtime.saga.definition import EffectStep, Failed, LocalStep, SagaDefinition, Step

Kind: TypeAlias = Literal["local", "wait", "effect"]


@dataclass(frozen=True, slots=True)
class StepShape:
    """What the protocol must know of one step."""

    name: str
    kind: Kind
    attempts: int = 1
    best_effort: bool = False
    point_of_no_return: bool = False
    has_undo: bool = False
    has_look_up: bool = False
    repeatable: bool = False
    streamer_decides: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """What the protocol must know of a saga: `steps` forward, `amends` after the undoing."""

    steps: tuple[StepShape, ...]
    amends: tuple[StepShape, ...] = ()
    refundable: bool = False
    """Whether Twitch holds points behind this very run, to be kept or given back by hand."""

    @property
    def all(self) -> tuple[StepShape, ...]:
        """Steps and amends, as a run's records are ordered."""
        return self.steps + self.amends

    def is_amend(self, index: int) -> bool:
        """Whether the step at `index` gives back instead of going on."""
        return index >= len(self.steps)

    @property
    def point_of_no_return(self) -> int | None:
        """Where it stands, None for a saga without one."""
        return next((index for index, step in enumerate(self.steps) if step.point_of_no_return), None)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What is known of one step.

    `started` without `next_retry_at` is an attempt that runs, or ran when the process ended; with it, one that is
    looked up again then (a waiting step: that is checked again then). `undoing` likewise. `pending` with
    `next_retry_at` waits for its next attempt.
    """

    state: StepState = "pending"
    attempt: int = 0
    """Attempts that count, the present one included."""
    looks: int = 0
    result: str | None = None
    intent: str | None = None
    intended_at: Instant | None = None
    undo_attempt: int = 0
    next_retry_at: Instant | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Records stand in the order of the shape: steps, then amends."""

    status: RunStatus
    steps: tuple[StepRecord, ...]
    fulfilled_at: Instant | None = None
    failure: Failed | None = None
    """Why it is compensated; None on the way forward."""
    decision: Settlement | None = None
    """What the streamer decided last."""
    error: str | None = None

    def put(self, index: int, record: StepRecord) -> Run:
        """The run with another record at `index`."""
        return replace(self, steps=(*self.steps[:index], record, *self.steps[index + 1 :]))


def new_run(shape: Shape) -> Run:
    """A run that has not begun."""
    return Run("running", (StepRecord(),) * len(shape.all))


def shape_of(definition: SagaDefinition[Any]) -> Shape:
    """The shape of a definition. Raises `AssertionError` for one that cannot be run: a bug."""
    shape = Shape(
        tuple(_step_shape(step) for step in definition.steps),
        tuple(_step_shape(step) for step in definition.amends),
    )
    names = [step.name for step in shape.all]
    if not definition.steps or len(set(names)) != len(names):
        raise AssertionError(f"{definition.kind}: a saga needs steps, each with a name of its own")
    if sum(step.point_of_no_return for step in shape.all) > 1 or any(a.point_of_no_return for a in shape.amends):
        raise AssertionError(f"{definition.kind}: one point of no return at most, on the way forward")
    if any(step.attempts < 1 for step in shape.all):
        raise AssertionError(f"{definition.kind}: attempts include the first")
    return shape


def _step_shape(step: Step[Any]) -> StepShape:
    if isinstance(step, EffectStep):
        return StepShape(
            name=step.name,
            kind="effect",
            attempts=step.attempts,
            best_effort=step.best_effort,
            point_of_no_return=step.point_of_no_return,
            has_undo=step.undo is not None,
            has_look_up=step.look_up is not None,
            repeatable=step.repeatable,
            streamer_decides=step.streamer_decides,
        )
    if isinstance(step, LocalStep):
        return StepShape(name=step.name, kind="local", has_undo=step.undo is not None)
    return StepShape(name=step.name, kind="wait")
