"""The journal's rows: written beside the domain writes they record, read raw, so that a damaged one harms no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, delete, select, type_coerce, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.ports.sagas import RunStatus
from companion.runtime.saga.codec import encode_failure
from companion.runtime.saga.definition import Failed
from companion.runtime.saga.protocol import wake_at
from companion.runtime.saga.run import Run, Shape, StepRecord
from companion.runtime.saga.tables import PAGE, SagaRunRow, SagaStepRow

_WAKEABLE: tuple[RunStatus, ...] = ("waiting", "outcome_unknown")
_INSTANTS = frozenset({"created_at", "updated_at", "wake_at", "fulfilled_at", "intended_at", "next_retry_at"})

_step = SagaStepRow.__table__
_put_step = insert_or(SagaStepRow)
_PUT_STEP = _put_step.on_conflict_do_update(
    index_elements=["saga", "name"],
    set_={name: _put_step.excluded[name] for name in StepRecord.__dataclass_fields__},
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
_ONE_RUN = select(*_RUN_COLUMNS).where(SagaRunRow.id == bindparam("run_id"))
_STEPS = select(*_STEP_COLUMNS).where(_step.c.saga.in_(bindparam("run_ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run and its steps as raw rows."""

    row: Mapping[str, Any]
    steps: list[Mapping[str, object]]


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


def _steps_of(session: Session, run_ids: Sequence[str]) -> dict[str, list[Mapping[str, object]]]:
    found: dict[str, list[Mapping[str, object]]] = {}
    for start in range(0, len(run_ids), PAGE):
        ids = run_ids[start : start + PAGE]
        for row in session.connection().execute(_STEPS, {"run_ids": list(ids)}).mappings():
            found.setdefault(row["saga"], []).append(dict(row))
    return found


def _fields(record: StepRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in StepRecord.__dataclass_fields__}
