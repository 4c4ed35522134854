"""Sagas as the rest of the application sees them: started once, looked at, settled by the streamer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction

RunStatus: TypeAlias = Literal[
    "running", "waiting", "completed", "failed",
    "compensating", "compensation_failed", "outcome_unknown", "post_commit_failed",
]  # fmt: skip
NEEDS_YOU: Final[frozenset[RunStatus]] = frozenset({"compensation_failed", "outcome_unknown", "post_commit_failed"})
"""Only the streamer can decide these."""
ENDED: Final[frozenset[RunStatus]] = frozenset({"completed", "failed"})

StepState: TypeAlias = Literal[
    "pending", "started", "succeeded", "failed", "unknown", "skipped", "undoing", "undone", "undo_failed"
]
Settlement: TypeAlias = Literal["fulfil", "refund", "ignore", "retry"]
PointsBehind: TypeAlias = Literal["held", "spent", "none", "unknown"]
"""What was behind a wish when it was made: a redemption whose points Twitch holds until it is settled, one that came
fulfilled, none at all. `unknown`: the run cannot be read."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a run, as the journal has it."""

    name: str
    state: StepState
    attempt: int
    next_retry_at: Instant | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. `summary` says in words whose request it is; `offers` are the settlements that are possible now.

    `params` is what it was started with, None when that cannot be read.
    `stopped`: it cannot go on through a fault of ours or of the journal, not because of an answer that was lost.
    """

    id: str
    kind: str
    status: RunStatus
    summary: str
    created_at: Instant
    updated_at: Instant
    fulfilled_at: Instant | None
    error: str | None
    steps: tuple[StepView, ...]
    offers: tuple[Settlement, ...]
    params: object = None
    points: PointsBehind = "none"
    stopped: bool = False

    @property
    def only_fulfilling_failed(self) -> bool:
        """Nothing was tried to be taken or given back: what the points are for may have been had."""
        states = {step.name: step.state for step in self.steps}
        return states.get("fulfil") == "failed" and "undo_failed" not in states.values() and "refund" not in states


@dataclass(frozen=True, slots=True)
class StartConflict:
    """A run with this id exists and was started with other input."""

    id: str


@dataclass(frozen=True, slots=True)
class NoSuchRun:
    """There is no run with this id."""

    id: str


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The run is not in a state in which it can be settled like this (a refund after the point of no return, ...)."""

    id: str
    status: RunStatus
    offers: tuple[Settlement, ...]


class SagaStarter(Protocol):
    """Starting and waking runs. `params` is the frozen dataclass that the saga of that kind takes."""

    def start_in(
        self, tx: Transaction, kind: str, run_id: str, params: object
    ) -> Result[Literal["started", "resumed"], StartConflict]:
        """Begin a run as part of `tx`; the same id with the same params again changes nothing."""
        ...

    def wake_in(self, tx: Transaction, run_id: str) -> None:
        """After the commit of `tx`, have a waiting run look at what it waits for. Unknown ids are fine.

        One whose outcome nobody could tell, or that was stopped, looks once more as well: there is something to see.
        """
        ...


class SagasPort(Protocol):
    """Looking at runs and settling them."""

    def list_runs(
        self,
        *,
        statuses: frozenset[RunStatus] | None = None,
        kind: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[RunView]:
        """Newest first."""
        ...

    def get_run(self, run_id: str) -> RunView | None:
        """One run."""
        ...

    def needs_you(self) -> Sequence[RunView]:
        """Runs that only the streamer can decide, oldest first."""
        ...

    async def settle(
        self, run_id: str, settlement: Settlement
    ) -> Result[RunView, NoSuchRun | NotOffered | StorageFailed]:
        """Carry out the streamer's decision; the answer is the run as it stands right after it was taken."""
        ...
