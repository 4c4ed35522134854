"""Starts of runs: a run is started once, and known again by its id even when all else of it is forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, insert, null, select
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.ports.sagas import ENDED
from companion.runtime.saga.codec import SagaCodec, Unreadable
from companion.runtime.saga.tables import PAGE, SagaIdRow, SagaRunRow

KEEP_ENDED = timedelta(days=30)

_runs, _ids = cast("Table", SagaRunRow.__table__), cast("Table", SagaIdRow.__table__)
_NEW_RUN = insert(_runs)
_KNOWN = (
    select(_runs.c.kind, _runs.c.params, null().label("params_digest"))
    .where(_runs.c.id == bindparam("run_id"))
    .union_all(select(_ids.c.kind, null(), _ids.c.params_digest).where(_ids.c.id == bindparam("run_id")))
)


@dataclass(frozen=True, slots=True)
class KnownStart:
    """How a run of this id was started; `params` is None when only its digest was kept."""

    kind: str
    params: str | None
    digest: str


def digest_of(params: str) -> str:
    """What stays of a run's input."""
    return hashlib.sha256(params.encode()).hexdigest()


def known_start(session: Session, run_id: str) -> KnownStart | None:
    """Whether there is, or was, a run with this id."""
    found = session.connection().execute(_KNOWN, {"run_id": run_id}).first()
    if found is None:
        return None
    digest = found.params_digest if found.params is None else digest_of(found.params)
    return KnownStart(found.kind, found.params, digest)


def add_run(session: Session, *, run_id: str, kind: str, params: str, summary: str, now: Instant) -> None:
    """A run that has not begun."""
    session.connection().execute(
        _NEW_RUN,
        {
            "id": run_id,
            "kind": kind,
            "status": "running",
            "params": params,
            "summary": summary,
            "created_at": now,
            "updated_at": now,
        },
    )


def purge(session: Session, now: Instant) -> int:
    """Reduce one page of runs that ended more than `KEEP_ENDED` ago to their ids; how many there were."""
    old = (
        select(SagaRunRow.id, SagaRunRow.kind, SagaRunRow.params)
        .where(SagaRunRow.status.in_(sorted(ENDED)), SagaRunRow.updated_at < now - KEEP_ENDED)
        .limit(PAGE)
    )
    rows = session.execute(old).all()
    if not rows:
        return 0
    kept = [{"id": row.id, "kind": row.kind, "params_digest": digest_of(row.params)} for row in rows]
    session.execute(insert_or(SagaIdRow).on_conflict_do_nothing(), kept)
    session.execute(delete(SagaRunRow).where(SagaRunRow.id.in_([row.id for row in rows])))
    return len(rows)


def same_input(codec: SagaCodec, known: KnownStart, text: str, params: object) -> bool:
    """Equal text is equal; other text may be the same input, written by another version."""
    if known.digest == digest_of(text):
        return True
    if known.params is None:
        return False
    try:
        return bool(codec.params.decode(known.params) == params)
    except Unreadable:
        return False
