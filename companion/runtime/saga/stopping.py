"""Taking a run that does not go on out of the way, and having its saga's domain follow."""

from __future__ import annotations

import logging
from typing import Literal

from companion.kernel.instant import Instant
from companion.runtime.saga import journal
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.inside import in_savepoint
from companion.runtime.saga.journal import StoredRun
from companion.runtime.transactions import SqlTransaction


def stop(
    tx: SqlTransaction, stored: StoredRun, codec: SagaCodec | None, reason: str, *, now: Instant, logger: logging.Logger
) -> None:
    """Have the streamer look at a run that cannot be gone on with; `reason` is shown to them."""
    journal.stop_run(tx.session, stored, reason, now)
    tell_domain(tx, codec, stored.row["id"], "stuck", logger)


def tell_domain(
    tx: SqlTransaction, codec: SagaCodec | None, run_id: str, what: Literal["stuck", "dropped"], logger: logging.Logger
) -> None:
    """Call `stuck` or `dropped` of the run's `SagaDefinition`, where there is one; a bug in it changes nothing else."""
    write = None if codec is None else getattr(codec.definition, what)
    if write is not None:
        in_savepoint(tx, lambda: write(tx, run_id), logger, f"{what} of {run_id}")
