"""A run as the driver holds it from one commit to the next, and as its steps see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from companion.kernel.instant import Instant
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.definition import Context
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.protocol import rouse
from companion.runtime.saga.reading import read_whole
from companion.runtime.saga.run import Run
from companion.runtime.saga.settlements import look_again


@dataclass(slots=True)
class Held:
    """One run in memory. `stored` is how it stands on disk, `run` how it is to stand after the next commit."""

    run_id: str
    codec: SagaCodec
    params: object
    created_at: Instant
    run: Run
    stored: Run
    results: dict[str, object]
    parked: bool = False
    woken: bool = False
    """A wake that stands on disk, and that the next commit takes off."""

    def describe(self, index: int) -> str:
        """The step at `index`, for a log line."""
        return f"{self.codec.steps[index].name} of {self.run_id}"

    def context(self, index: int, now: Instant, *, attempt: int | None = None) -> Context[Any]:
        """What the step at `index` is handed. `attempt`: None for the one that its record tells of.

        Raises `Unreadable` when the intent of the attempt under way cannot be read.
        """
        record = self.run.steps[index]
        return Context(
            run_id=self.run_id,
            params=self.params,
            created_at=self.created_at,
            now=now,
            attempt=max(record.attempt if attempt is None else attempt, 1),
            looks=record.looks,
            intent=self.codec.decode_intent(self.run, index),
            intended_at=record.intended_at,
            results=self.results,
            failure=self.run.failure,
            decision=self.run.decision,
        )


def hold(stored: StoredRun, codec: SagaCodec | None, *, roused: bool) -> Held:
    """Read a stored run whole. `roused`: its sleep has ended, and what nobody could tell is looked at once more.

    `codec` is its saga's, None when there is none of that kind. Raises `Unreadable`.
    """
    whole = read_whole(stored, codec)
    run = whole.run
    if roused:
        run = look_again(rouse(run, whole.shape), whole.shape)
    return Held(
        run_id=stored.row["id"],
        codec=whole.codec,
        params=whole.params,
        created_at=whole.created_at,
        run=run,
        stored=whole.run,
        results=whole.results,
    )
