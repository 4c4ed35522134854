"""Reads over the recorded viewer counts; long ones run in the worker, 500 rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant, as_utc, format_instant
from companion.objects.stream_lifecycle.tables import ViewerSnapshotRow
from companion.ports.stream import BadRange, ViewerBucket, ViewerHistory, ViewerPoint

CHUNK = 500
MOST_BUCKETS = 2000
_SECONDS_A_DAY = 86_400.0


def range_problem(since: Instant | None, until: Instant | None, limit: int | None, offset: int) -> BadRange | None:
    """Why these bounds cannot be answered."""
    if any(bound is not None and bound.utcoffset() is None for bound in (since, until)):
        return BadRange("since and until need a time zone offset")
    if since is not None and until is not None and since > until:
        return BadRange("since lies after until")
    if offset < 0 or (limit is not None and limit < 1):
        return BadRange("limit must be at least 1, offset at least 0")
    return None


def history(
    session: Session, since: Instant | None, until: Instant | None, limit: int | None, offset: int
) -> ViewerHistory:
    """Points in the range, ascending, with the total of all that match."""
    bounds = _within(since, until)
    total = session.scalar(select(func.count()).select_from(ViewerSnapshotRow).where(*bounds)) or 0
    query = select(ViewerSnapshotRow).where(*bounds).order_by(ViewerSnapshotRow.at, ViewerSnapshotRow.session_id)
    rows = session.scalars(query.limit(limit).offset(offset).execution_options(yield_per=CHUNK))
    return ViewerHistory(tuple(ViewerPoint(row.session_id, row.at, row.viewer_count) for row in rows), total)


def series(session: Session, since: Instant, until: Instant, buckets: int) -> Sequence[ViewerBucket]:
    """Minimum, maximum and average per stretch of time, computed by SQLite; empty stretches are left out."""
    since = as_utc(since)
    width = max((until - since) / buckets, timedelta(microseconds=1))
    days = func.julianday(ViewerSnapshotRow.at) - func.julianday(format_instant(since))
    # SQLite's dates have whole milliseconds; rounded to them, a point on a boundary falls into the later stretch.
    passed = func.round(days * _SECONDS_A_DAY, 3)
    index = func.min(cast(passed / width.total_seconds(), Integer), buckets - 1).label("bucket")
    count = ViewerSnapshotRow.viewer_count
    query = (
        select(index, func.min(count), func.max(count), func.avg(count), func.count())
        .where(*_within(since, until))
        .group_by(index)
    )
    return tuple(
        ViewerBucket(since + width * number, least, most, average, samples)
        for number, least, most, average, samples in session.execute(query.order_by(index))
    )


def newest(session: Session, session_id: str, limit: int) -> Sequence[ViewerPoint]:
    """The last points of one session, ascending."""
    query = (
        select(ViewerSnapshotRow)
        .where(ViewerSnapshotRow.session_id == session_id)
        .order_by(ViewerSnapshotRow.at.desc())
        .limit(limit)
    )
    rows = reversed(session.scalars(query).all())
    return tuple(ViewerPoint(row.session_id, row.at, row.viewer_count) for row in rows)


def _within(since: Instant | None, until: Instant | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(ViewerSnapshotRow.at >= since)
    if until is not None:
        bounds.append(ViewerSnapshotRow.at <= until)
    return bounds
