"""Runs as others see them; a damaged row is shown too, as well as it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, get_args

from companion.kernel.instant import Instant, parse_instant
from companion.ports.sagas import NEEDS_YOU, RunStatus, RunView, Settlement, StepState, StepView
from companion.runtime.saga.codec import SagaCodec, Unreadable
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.reading import Whole, points_behind, try_whole
from companion.runtime.saga.salvage import can_give_back
from companion.runtime.saga.settlements import offers

NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that cannot be read."""
STOPPED_OFFERS: Final[tuple[Settlement, ...]] = ("retry", "ignore")
"""Of a run that was stopped: read it anew (after an update), or leave it."""


def view_of(stored: StoredRun, codec: SagaCodec | None) -> RunView:
    """The view of a stored run; `codec` is its saga's, None when there is none of that kind."""
    row = stored.row
    whole = try_whole(stored, codec)
    status: RunStatus = row["status"] if row["status"] in get_args(RunStatus) else "outcome_unknown"
    return RunView(
        id=row["id"],
        kind=row["kind"],
        status=status,
        summary=row["summary"],
        created_at=_instant(row["created_at"]) or NO_TIME,
        updated_at=_instant(row["updated_at"]) or NO_TIME,
        fulfilled_at=_instant(row["fulfilled_at"]),
        error=row["error"],
        steps=_steps(stored, codec),
        offers=_offers(stored, codec, whole) if status in NEEDS_YOU else (),
        params=_params(stored, codec),
        points=points_behind(stored, codec),
        stopped=status in NEEDS_YOU and _is_stopped(stored, whole),
    )


def _params(stored: StoredRun, codec: SagaCodec | None) -> object:
    try:
        return None if codec is None else codec.decode_params(stored.row["params"])
    except Unreadable:
        return None


def _offers(stored: StoredRun, codec: SagaCodec | None, whole: Whole | None) -> tuple[Settlement, ...]:
    """How the run can be settled now."""
    if whole is None:
        return ("refund", *STOPPED_OFFERS) if can_give_back(stored, codec) else STOPPED_OFFERS
    found = offers(whole.run, whole.shape)
    if stored.row["stopped"] is None:
        return found
    return (*(each for each in found if each in ("fulfil", "refund")), *STOPPED_OFFERS)


def _is_stopped(stored: StoredRun, whole: Whole | None) -> bool:
    """Through a fault: nothing was sent whose answer could have been lost."""
    if whole is None or stored.row["stopped"] is not None:
        return True
    unknown = [record for record in whole.run.steps if record.state == "unknown"]
    return whole.run.status == "outcome_unknown" and all(record.intended_at is None for record in unknown)


def _steps(stored: StoredRun, codec: SagaCodec | None) -> tuple[StepView, ...]:
    """In the saga's order; steps that have not begun have no row."""
    rows: dict[Any, Mapping[str, Any]] = {row["name"]: row for row in stored.steps}
    names = [] if codec is None else [step.name for step in codec.shape.steps]
    names += [name for name in rows if name not in names]
    return tuple(_step(name, rows.get(name)) for name in names)


def _step(name: str, row: Mapping[str, Any] | None) -> StepView:
    if row is None:
        return StepView(name, "pending", 0, None, None)
    state: StepState = row["state"] if row["state"] in get_args(StepState) else "unknown"
    attempt = row["attempt"] if isinstance(row["attempt"], int) else 0
    return StepView(name, state, attempt, _instant(row["next_retry_at"]), row["last_error"])


def _instant(text: object) -> Instant | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_instant(text)
    except ValueError:
        return None
