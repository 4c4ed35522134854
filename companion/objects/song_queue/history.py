"""Reads over what was played; they run in the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from companion.objects.song_queue.store import track_of, viewer_of
from companion.objects.song_queue.tables import SongHistoryRow
from companion.ports.song_queue import BadSettings, History, PlayedSong, RequesterCount, TrackCount
from companion.ports.song_rules import RequestSource

MOST = 100


def range_problem(limit: int, offset: int = 0) -> BadSettings | None:
    """Why these bounds cannot be answered."""
    if not 1 <= limit <= MOST:
        return BadSettings(f"limit must lie between 1 and {MOST}")
    return BadSettings("offset must be at least 0") if offset < 0 else None


def _matching(user_id: str | None, session_id: str | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if user_id is not None:
        bounds.append(SongHistoryRow.viewer_id == user_id)
    if session_id is not None:
        bounds.append(SongHistoryRow.session_id == session_id)
    return bounds


def history(session: Session, user_id: str | None, session_id: str | None, limit: int, offset: int) -> History:
    """Newest first, with the total of all that match."""
    bounds = _matching(user_id, session_id)
    total = session.scalar(select(func.count()).select_from(SongHistoryRow).where(*bounds)) or 0
    query = select(SongHistoryRow).where(*bounds)
    query = query.order_by(SongHistoryRow.played_at.desc(), SongHistoryRow.request_id).limit(limit).offset(offset)
    return History(tuple(_played(row) for row in session.scalars(query)), total)


def _played(row: SongHistoryRow) -> PlayedSong:
    return PlayedSong(
        request_id=row.request_id,
        viewer=viewer_of(row),
        track=track_of(row),
        source=cast("RequestSource", row.source),
        requested_at=row.requested_at,
        played_at=row.played_at,
        fulfilled_at=row.fulfilled_at,
        skipped=row.skipped,
        session_id=row.session_id,
    )


def top_tracks(session: Session, user_id: str | None, limit: int) -> Sequence[TrackCount]:
    """Count descending, then track id; each song as it was described last."""
    count = func.count()
    query = (
        select(SongHistoryRow.track_id, count)
        .where(*_matching(user_id, None))
        .group_by(SongHistoryRow.track_id)
        .order_by(count.desc(), SongHistoryRow.track_id)
        .limit(limit)
    )
    found: list[TrackCount] = []
    for track_id, number in session.execute(query).all():
        newest = select(SongHistoryRow).where(SongHistoryRow.track_id == track_id)
        row = session.scalars(newest.order_by(SongHistoryRow.played_at.desc()).limit(1)).one()
        found.append(TrackCount(track_of(row), number))
    return tuple(found)


def top_requesters(session: Session, limit: int) -> Sequence[RequesterCount]:
    """Count descending, then user id; each viewer under the newest name of the history."""
    count = func.count()
    query = (
        select(SongHistoryRow.viewer_id, count)
        .group_by(SongHistoryRow.viewer_id)
        .order_by(count.desc(), SongHistoryRow.viewer_id)
        .limit(limit)
    )
    found: list[RequesterCount] = []
    for viewer_id, number in session.execute(query).all():
        newest = select(SongHistoryRow).where(SongHistoryRow.viewer_id == viewer_id)
        row = session.scalars(newest.order_by(SongHistoryRow.played_at.desc()).limit(1)).one()
        found.append(RequesterCount(viewer_of(row), number))
    return tuple(found)
