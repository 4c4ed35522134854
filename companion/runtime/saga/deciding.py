"""Writing down what the streamer decided about a run, whether it can be read whole, in part, or not at all."""

from __future__ import annotations

import logging

from companion.kernel.instant import Instant
from companion.ports.sagas import RunStatus, Settlement
from companion.runtime.saga import journal
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.reading import try_whole
from companion.runtime.saga.salvage import give_back
from companion.runtime.saga.settlements import IGNORED, offers, settle
from companion.runtime.saga.stopping import tell_domain
from companion.runtime.transactions import SqlTransaction


def decide(
    tx: SqlTransaction,
    stored: StoredRun,
    codec: SagaCodec | None,
    settlement: Settlement,
    *,
    now: Instant,
    logger: logging.Logger,
) -> None:
    """Bring the rows to where the decision, one of those its view offers, has the run go on or end."""
    row = stored.row
    whole = try_whole(stored, codec)
    if whole is not None and settlement in offers(whole.run, whole.shape):
        decided = settle(whole.run, whole.shape, settlement)
        if row["stopped"] is not None:
            journal.resume_stopped(tx.session, row["id"], decided.status, None, now)
        journal.write_run(tx.session, row["id"], whole.shape, before=whole.run, after=decided, now=now)
    elif settlement == "ignore":
        ended: RunStatus = "failed" if row["fulfilled_at"] is None else "completed"
        journal.resume_stopped(tx.session, row["id"], ended, IGNORED, now)
    elif settlement == "refund" and codec is not None:
        give_back(tx, stored, codec, now, logger)
    else:
        going = journal.unstopped(stored).row["status"]
        journal.resume_stopped(tx.session, row["id"], going, None, now)
    if settlement == "ignore":
        tell_domain(tx, codec, row["id"], "dropped", logger)
