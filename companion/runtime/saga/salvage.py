"""Giving back what a run holds that cannot be gone on with: its input can be read, what came of its steps cannot.

Nothing is known of what it did. So everything of ours that can be taken back is, which bears to find nothing, and the
amends run as at the end of any other: a refund is looked up at Twitch before it is believed or repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from companion.kernel.instant import Instant, parse_instant
from companion.runtime.saga import journal
from companion.runtime.saga.codec import SagaCodec
from companion.runtime.saga.definition import Context, EffectStep, LocalStep
from companion.runtime.saga.inside import Bug, in_savepoint
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.reading import points_behind
from companion.runtime.saga.settlements import GIVEN_BACK
from companion.runtime.transactions import SqlTransaction


def can_give_back(stored: StoredRun, codec: SagaCodec | None) -> bool:
    """Whether points are held behind a run that cannot be read whole, and nothing but rows of ours is to take back."""
    if codec is None or stored.row["fulfilled_at"] is not None:
        return False
    outside = any(isinstance(step, EffectStep) and step.undo is not None for step in codec.definition.steps)
    return points_behind(stored, codec) == "held" and bool(codec.definition.amends) and not outside


def give_back(tx: SqlTransaction, stored: StoredRun, codec: SagaCodec, now: Instant, logger: logging.Logger) -> bool:
    """Have it go on with its amends alone; False, and nothing is changed, when something could not be taken back."""
    context: Context[object] = Context(
        run_id=stored.row["id"],
        params=codec.decode_params(stored.row["params"]),
        created_at=_start(stored, now),
        now=now,
        attempt=1,
        failure=GIVEN_BACK,
        decision="refund",
    )
    for step in reversed(codec.definition.steps):
        if isinstance(step, LocalStep) and step.undo is not None:
            work = _bound(step.undo, tx, context)
            if isinstance(in_savepoint(tx, work, logger, f"{step.name} of {context.run_id}"), Bug):
                return False
    journal.begin_anew(tx.session, context.run_id, context.created_at, GIVEN_BACK, now)
    return True


def _bound(
    undo: Callable[[SqlTransaction, Context[object]], None], tx: SqlTransaction, context: Context[object]
) -> Callable[[], None]:
    return lambda: undo(tx, context)


def _start(stored: StoredRun, now: Instant) -> Instant:
    try:
        return parse_instant(stored.row["created_at"])
    except ValueError:
        return now
