"""What a saga is made of: its steps, what they answer, and what is done when it cannot be finished.

A saga is written by giving `SagaDefinition` a list of steps. The engine decides when each runs, journals it, repeats
it where that is safe, and looks up what it cannot know; a step only acts and says honestly what it knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, Generic, TypeAlias, TypeVar

from companion.kernel.instant import Instant
from companion.ports.sagas import PointsBehind, Settlement
from companion.ports.transaction import Transaction

P = TypeVar("P")
R = TypeVar("R")


# ---- what steps answer -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """It has happened. `value` is journaled as the step's result (a frozen dataclass, text, number or None)."""

    value: R


@dataclass(frozen=True, slots=True)
class Retry:
    """It has certainly not happened, for a passing reason; not before `not_before` when that is given.

    `free`: this attempt does not count (Spotify has no device, the login is being renewed): the step is held, not
    failing. A step that is held must bound its wait itself, unless it waits for what ends by itself (a limit of
    Twitch's, a hold). `wakeable`: the run waits meanwhile, and is tried at once when it is woken.
    """

    error: str
    not_before: Instant | None = None
    free: bool = False
    wakeable: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """It has certainly not happened and will not. `code` is for rules, `text` for the viewer (without a name)."""

    code: str
    text: str
    by_viewer: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened: a write whose answer was lost. The engine asks `look_up`, never repeats blindly."""

    error: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing to do until the run is woken, or `until` has come (then `check` is asked again)."""

    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """The look-up is certain that it has not happened: the step may be tried again, as another attempt."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """The look-up needs another look after `after` seconds, or could not be made just now."""

    after: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Nobody but the streamer can say whether it has happened."""

    error: str


ActOutcome: TypeAlias = Done[Any] | Retry | Failed | Unknown
LocalOutcome: TypeAlias = Done[Any] | Failed
WaitOutcome: TypeAlias = Done[Any] | Waiting | Failed
LookUpOutcome: TypeAlias = Done[Any] | NotDone | LookAgain | CannotTell | Failed
UndoOutcome: TypeAlias = Done[Any] | Retry | Failed | Unknown


# ---- what steps are handed -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Context(Generic[P]):
    """The run as a step sees it."""

    run_id: str
    params: P
    created_at: Instant
    now: Instant
    attempt: int
    """1 for the first."""
    looks: int = 0
    """How often `look_up` has been asked before, for this attempt."""
    intent: object = None
    """What `prepare` answered before this attempt was marked as started (None without a `prepare`)."""
    intended_at: Instant | None = None
    """When this attempt was marked as started."""
    results: Mapping[str, object] = field(default_factory=dict)
    """Results of succeeded steps by name, decoded to the type the step declares."""
    failure: Failed | None = None
    """Why the run is being compensated; None on the way forward."""
    decision: Settlement | None = None
    """What the streamer last decided about this run."""

    def result(self, step: str, kind: type[R]) -> R:
        """The result of an earlier step. Raises `AssertionError` when it is not of that type: a bug in the saga."""
        value = self.results.get(step)
        if not isinstance(value, kind):
            raise AssertionError(f"{step} has no result of type {kind.__name__}")
        return value


# ---- steps -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Step[Params](...) fails on Python 3.11
class LocalStep(Generic[P]):
    """A domain write of ours. `apply` joins the transaction in which the journal records the result."""

    name: str
    apply: Callable[[Transaction, Context[P]], LocalOutcome]
    result: type[object] = NoneType
    undo: Callable[[Transaction, Context[P]], None] | None = None
    """Takes it back, in the transaction that records that. Must bear to find nothing to take back."""


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Step[Params](...) fails on Python 3.11
class WaitStep(Generic[P]):
    """Waits durably, at no cost. `check` runs in a transaction: at first, at every wake, and when its time is up."""

    name: str
    check: Callable[[Transaction, Context[P]], WaitOutcome]
    result: type[object] = NoneType


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Step[Params](...) fails on Python 3.11
class EffectStep(Generic[P]):
    """An outside effect, or an outside read.

    The attempt is committed as started, with what `prepare` answered, before `act` is called; so after a crash, a
    time-out or an `Unknown` the engine knows that it may have happened and asks `look_up`. Without `look_up` such an
    attempt counts as `Retry` when `repeatable` (reads), else nobody can tell.
    """

    name: str
    act: Callable[[Context[P]], Awaitable[ActOutcome]]
    result: type[object] = NoneType
    intent: type[object] = NoneType
    prepare: Callable[[Context[P]], Awaitable[Done[Any] | Retry | Failed]] | None = None
    look_up: Callable[[Context[P]], Awaitable[LookUpOutcome]] | None = None
    record: Callable[[Transaction, Context[P], Any], None] | None = None
    """A domain write that goes with the result, in the transaction that journals it."""
    repeatable: bool = False
    time_limit: float = 30.0
    attempts: int = 3
    patient: bool = False
    """`act` may wait long for its turn (a line for the chat): meanwhile another run is worked on in its place."""
    best_effort: bool = False
    """A failure or an unknown outcome is journaled and the run goes on."""
    point_of_no_return: bool = False
    """Once this has succeeded the run is `fulfilled`: never compensated, never refunded."""
    streamer_decides: bool = False
    """When it cannot be done, nothing is taken back by itself: the run needs the streamer."""
    undo: Callable[[Context[P]], Awaitable[UndoOutcome]] | None = None


Step: TypeAlias = LocalStep[P] | WaitStep[P] | EffectStep[P]


@dataclass(frozen=True, kw_only=True)  # no slots: with them, Step[Params](...) fails on Python 3.11
class SagaDefinition(Generic[P]):
    """One kind of saga.

    `steps` run in order. When one fails before the point of no return, the succeeded ones are undone in reverse
    (`UNDO_ATTEMPTS` each), then `amends` run (refund, message): unless an undo could not be confirmed, which withholds
    them, or `streamer_decides`. `summary` says in words whose request a run is, for *Needs you*.
    """

    kind: str
    params: type[P]
    steps: tuple[Step[P], ...]
    amends: tuple[LocalStep[P] | EffectStep[P], ...] = ()
    summary: Callable[[P], str] = lambda _: ""
    points: Callable[[P], PointsBehind] = lambda _: "none"
    """What is behind a run. Where points are held, `fulfil` and `refund` are offered to the streamer."""
    stuck: Callable[[Transaction, str], None] | None = None
    """A domain write for when only the streamer can go on with the run of this id, in the transaction that journals
    that: nobody must wait for it. Also for a run that cannot be read. Must bear repetition."""
    dropped: Callable[[Transaction, str], None] | None = None
    """A domain write for when the streamer leaves the run of this id as it is, in the transaction that ends it."""


UNDO_ATTEMPTS = 5
