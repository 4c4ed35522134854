"""The journal's rows: written beside the domain writes they record, read raw, so that a damaged one harms no other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.ports.sagas import ENDED, NEEDS_YOU, RunStatus
from companion.runtime.saga.codec import encode_failure
from companion.runtime.saga.definition import Failed
from companion.runtime.saga.protocol import wake_at
from companion.runtime.saga.run import Run, Shape, StepRecord
from companion.runtime.saga.tables import SagaIdRow, SagaRunRow, SagaStepRow

KEEP_ENDED = timedelta(days=30)
PAGE = 500
_GOING: tuple[RunStatus, ...] = ("running", "compensating")
_WAKEABLE: tuple[RunStatus, ...] = ("waiting", "outcome_unknown")
_INSTANTS = frozenset({"created_at", "updated_at", "wake_at", "fulfilled_at", "intended_at", "next_retry_at"})

_step = SagaStepRow.__table__
_put_step = insert_or(SagaStepRow)
_PUT_STEP = _put_step.on_conflict_do_update(
    index_elements=["saga", "name"],
    set_={name: _put_step.excluded[name] for name in StepRecord.__dataclass_fields__},
)
_runs, _ids = cast("Table", SagaRunRow.__table__), cast("Table", SagaIdRow.__table__)
_NEW_RUN = insert(_runs)
_KNOWN = (
    select(_runs.c.kind, _runs.c.params, null().label("params_digest"))
    .where(_runs.c.id == bindparam("run_id"))
    .union_all(select(_ids.c.kind, null(), _ids.c.params_digest).where(_ids.c.id == bindparam("run_id")))
)
_UPDATE_RUN = (
    update(SagaRunRow)
    .where(SagaRunRow.id == bindparam("run_id"))
    .values(
        {
            name: bindparam(name)
            for name in ("status", "updated_at", "wake_at", "fulfilled_at", "failure", "decision", "error")
        }
    )
)


def _raw(table: type[SagaRunRow | SagaStepRow]) -> list[ColumnElement[Any]]:
    """Columns as they are stored: reading them never raises."""
    return [
        type_coerce(column, String).label(column.key) if column.key in _INSTANTS else column
        for column in table.__table__.columns
    ]


_RUN_COLUMNS = _raw(SagaRunRow)
_STEP_COLUMNS = _raw(SagaStepRow)
_ONE_RUN = select(*_RUN_COLUMNS).where(_runs.c.id == bindparam("run_id"))
_STEPS = select(*_STEP_COLUMNS).where(_step.c.saga.in_(bindparam("run_ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run and its steps as raw rows."""

    row: Mapping[str, Any]
    steps: list[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class KnownStart:
    """How a run of this id was started; `params` is None when only its digest was kept."""

    kind: str
    params: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in a list of many: a page begins behind the last one of the page before."""

    position: int
    run_id: str
    wake_at: str | None
    kind: str


FRONT = Place(0, "", "", "")
_PLACES = select(SagaRunRow.position, SagaRunRow.id, type_coerce(SagaRunRow.wake_at, String), SagaRunRow.kind)


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


def write_run(session: Session, run_id: str, shape: Shape, *, before: Run, after: Run, now: Instant) -> None:
    """Bring the rows from `before` to `after`: the run, and the steps that changed."""
    session.connection().execute(
        _UPDATE_RUN,
        {
            "run_id": run_id,
            "status": after.status,
            "updated_at": now,
            "wake_at": wake_at(after, shape),
            "fulfilled_at": after.fulfilled_at,
            "failure": encode_failure(after.failure),
            "decision": after.decision,
            "error": after.error,
        },
    )
    changed = [
        {"saga": run_id, "name": step.name, **_fields(new)}
        for step, old, new in zip(shape.all, before.steps, after.steps, strict=True)
        if new != old
    ]
    if changed:
        session.connection().execute(_PUT_STEP, changed)


def stop_run(session: Session, stored: StoredRun, reason: str, now: Instant) -> None:
    """Take a run that cannot be gone on with out of the way; its steps stay as they are."""
    status: RunStatus = "outcome_unknown" if stored.row["fulfilled_at"] is None else "post_commit_failed"
    session.execute(
        update(SagaRunRow)
        .where(SagaRunRow.id == stored.row["id"])
        .values(status=status, stopped=reason, error=reason, wake_at=None, updated_at=now)
    )


def unstopped(stored: StoredRun) -> StoredRun:
    """A stopped run as it was before, to be read anew."""
    going: RunStatus = "running" if stored.row["failure"] is None else "compensating"
    return StoredRun({**stored.row, "status": going, "stopped": None}, stored.steps)


def resume_stopped(session: Session, run_id: str, status: RunStatus, error: str | None, now: Instant) -> None:
    """Put a stopped run back to `status`, to be read anew or to end."""
    session.execute(
        update(SagaRunRow)
        .where(SagaRunRow.id == run_id)
        .values(status=status, stopped=None, error=error, wake_at=None, updated_at=now)
    )


def begin_anew(session: Session, run_id: str, created_at: Instant, failure: Failed, now: Instant) -> None:
    """Forget what its steps came to: the run is to give back what it holds, and nothing else."""
    session.execute(delete(SagaStepRow).where(SagaStepRow.saga == run_id))
    session.execute(
        update(SagaRunRow)
        .where(SagaRunRow.id == run_id)
        .values(
            status="compensating",
            created_at=created_at,
            updated_at=now,
            wake_at=None,
            failure=encode_failure(failure),
            decision="refund",
            error=None,
            stopped=None,
        )
    )


def mark_woken(session: Session, run_id: str, now: Instant) -> bool:
    """Note on disk that a run is to look at what it waits for, or at what nobody could tell; False: neither."""
    woken = session.connection().execute(
        update(SagaRunRow).where(SagaRunRow.id == run_id, SagaRunRow.status.in_(_WAKEABLE)).values(wake_at=now)
    )
    return woken.rowcount > 0


def forget_wake(session: Session, run_id: str) -> None:
    """It was woken, and there was nothing for it to look at."""
    session.execute(update(SagaRunRow).where(SagaRunRow.id == run_id).values(wake_at=None))


def load(session: Session, run_id: str) -> StoredRun | None:
    """The raw rows of one run."""
    row = session.connection().execute(_ONE_RUN, {"run_id": run_id}).mappings().one_or_none()
    if row is None:
        return None
    return StoredRun(dict(row), _steps_of(session, [run_id]).get(run_id, []))


def list_stored(
    session: Session,
    *,
    statuses: Iterable[RunStatus] | None,
    kind: str | None,
    limit: int,
    offset: int,
    newest_first: bool = True,
) -> list[StoredRun]:
    """A page of runs, with their steps."""
    query = select(*_RUN_COLUMNS)
    if statuses is not None:
        query = query.where(SagaRunRow.status.in_(sorted(statuses)))
    if kind is not None:
        query = query.where(SagaRunRow.kind == kind)
    order = SagaRunRow.position.desc() if newest_first else SagaRunRow.position
    rows = session.execute(query.order_by(order).limit(limit).offset(offset)).mappings().all()
    steps = _steps_of(session, [row["id"] for row in rows])
    return [StoredRun(dict(row), steps.get(row["id"], [])) for row in rows]


def unfinished(session: Session, after: Place) -> Sequence[Place]:
    """One page of the runs that were under way, in the order of their starts."""
    query = _PLACES.where(SagaRunRow.status.in_(_GOING), SagaRunRow.wake_at.is_(None))
    query = query.where(SagaRunRow.position > after.position).order_by(SagaRunRow.position)
    return [Place(*row) for row in session.execute(query.limit(PAGE))]


def due(session: Session, after: Place, now: Instant, *, patience: timedelta | None = None) -> Sequence[Place]:
    """One page of the runs whose time has come, the longest due first; those too that would sleep past `patience`."""
    come = SagaRunRow.wake_at <= now
    if patience is not None:
        come = or_(come, SagaRunRow.wake_at > now + patience)
    wake_at = type_coerce(SagaRunRow.wake_at, String)
    behind = or_(wake_at > after.wake_at, SagaRunRow.position > after.position)
    query = _PLACES.where(come, wake_at >= after.wake_at, behind)
    return [Place(*row) for row in session.execute(query.order_by(wake_at, SagaRunRow.position).limit(PAGE))]


def needing_you(session: Session, after: Place) -> Sequence[Place]:
    """One page of the runs that only the streamer can go on with, in the order of their starts."""
    query = _PLACES.where(SagaRunRow.status.in_(sorted(NEEDS_YOU)), SagaRunRow.position > after.position)
    return [Place(*row) for row in session.execute(query.order_by(SagaRunRow.position).limit(PAGE))]


def next_due(session: Session, now: Instant) -> Instant | None:
    """When the next run wants to go on by itself, later than `now`."""
    return session.scalar(select(func.min(SagaRunRow.wake_at)).where(SagaRunRow.wake_at > now))


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


def _steps_of(session: Session, run_ids: Sequence[str]) -> dict[str, list[Mapping[str, object]]]:
    found: dict[str, list[Mapping[str, object]]] = {}
    for start in range(0, len(run_ids), PAGE):
        ids = run_ids[start : start + PAGE]
        for row in session.connection().execute(_STEPS, {"run_ids": list(ids)}).mappings():
            found.setdefault(row["saga"], []).append(dict(row))
    return found


def _fields(record: StepRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in StepRecord.__dataclass_fields__}
