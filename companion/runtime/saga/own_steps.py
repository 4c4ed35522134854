"""What steps do in our own tables: in the transaction that journals it, so that neither stands without the other.

Each runs in a savepoint: a bug in it takes only itself back, and the journal still tells of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from companion.kernel.instant import Clock
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import Context, Done, EffectStep, LocalStep
from companion.runtime.saga.held import Held
from companion.runtime.saga.inside import Bug, in_savepoint
from companion.runtime.transactions import SqlTransaction


class OwnSteps:
    """Runs them within the open `tx`. What the driver makes of their answers is its own matter."""

    def __init__(self, *, clock: Clock, logger: logging.Logger) -> None:
        self._clock = clock
        self._logger = logger

    def ask(self, tx: SqlTransaction, held: Held, index: int, work: Callable[[Transaction, Context[Any]], Any]) -> Any:  # noqa: ANN401 - what the step's own type says
        """What `work` (the `apply` or `check` of the step at `index`) answers, or the `Bug` it stopped at."""
        context = held.context(index, self._clock.now())
        return in_savepoint(tx, lambda: work(tx, context), self._logger, held.describe(index))

    def undo(self, tx: SqlTransaction, held: Held, index: int, step: LocalStep[Any]) -> Done[None] | Bug:
        """Take the local step at `index` back."""
        if step.undo is None:
            raise AssertionError(f"{step.name} cannot be taken back")
        told = self.ask(tx, held, index, step.undo)
        return told if isinstance(told, Bug) else Done(None)

    def record(self, tx: SqlTransaction, held: Held, index: int, value: object) -> str | Bug:
        """Do the write that goes with the result of the step at `index`, if there is one; the result as text."""
        step = held.codec.steps[index]
        record = step.record if isinstance(step, EffectStep) else None

        def work() -> str:
            text = held.codec.results[index].encode(value)
            if record is not None:
                record(tx, held.context(index, self._clock.now()), value)
            return text

        return in_savepoint(tx, work, self._logger, held.describe(index))
