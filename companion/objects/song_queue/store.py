"""Rows and values of the song queue: reading and writing within a transaction that somebody else began."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.objects.song_queue.occurrences import Current, Known, Slot
from companion.objects.song_queue.rules import Facts
from companion.objects.song_queue.state import ACTIVE, Entry
from companion.objects.song_queue.tables import (
    SINGLETON,
    SongColumns,
    SongHistoryRow,
    SongRequestRow,
    SongSeenRow,
)
from companion.ports.song_queue import RequestState
from companion.ports.song_rules import RequestSource
from companion.ports.song_steps import NewRequest
from companion.ports.spotify import Track
from companion.ports.viewers import Role, Viewer

KEPT: timedelta = timedelta(days=30)
"""So long a request that is over stays among the requests; what was played stays in the history."""
_GIVEN_BACK: tuple[RequestState, ...] = ("removed", "refunded", "vanished")
_PLAIN = (
    "id", "place", "requested_at", "session_id", "granted", "handing", "held_since", "handed_over_at", "seen_at",
    "missing_since", "playing_since", "fulfilled_at", "over_at", "over_code", "over_text", "skipped", "note",
)  # fmt: skip


def track_of(row: SongColumns) -> Track:
    """The song of a row."""
    return Track(
        id=row.track_id,
        uri=row.uri,
        title=row.title,
        artists=tuple(json.loads(row.artists)),
        album=row.album,
        duration_ms=row.duration_ms,
        explicit=row.explicit,
        cover_url=row.cover_url,
        link=row.link,
    )


def viewer_of(row: SongColumns) -> Viewer:
    """The viewer of a row, as named then."""
    return Viewer(row.viewer_id, row.viewer_login, row.viewer_name)


def _song_columns(entry: Entry) -> dict[str, Any]:
    track = entry.track
    return {
        "viewer_id": entry.viewer.user_id,
        "viewer_login": entry.viewer.login,
        "viewer_name": entry.viewer.display_name,
        "source": entry.source,
        "track_id": track.id,
        "uri": track.uri,
        "title": track.title,
        "artists": json.dumps(list(track.artists), ensure_ascii=False),
        "album": track.album,
        "duration_ms": track.duration_ms,
        "explicit": track.explicit,
        "cover_url": track.cover_url,
        "link": track.link,
    }


def _when(entry: Entry) -> dict[str, Any]:
    return {"requested_at": entry.requested_at, "session_id": entry.session_id}


def _entry(row: SongRequestRow) -> Entry:
    plain = {name: getattr(row, name) for name in _PLAIN}
    return Entry(
        source=cast("RequestSource", row.source),
        viewer=viewer_of(row),
        role=cast("Role", row.role),
        track=track_of(row),
        state=cast("RequestState", row.state),
        **plain,
    )


def active(session: Session) -> tuple[Entry, ...]:
    """Everything that is not over, in order."""
    query = select(SongRequestRow).where(SongRequestRow.state.in_(ACTIVE)).order_by(SongRequestRow.place)
    return tuple(_entry(row) for row in session.scalars(query))


def find(session: Session, request_id: str) -> Entry | None:
    """One request, over or not."""
    row = session.get(SongRequestRow, request_id)
    return None if row is None else _entry(row)


def put(session: Session, entry: Entry) -> None:
    """Write one request."""
    plain = {name: getattr(entry, name) for name in _PLAIN}
    session.merge(SongRequestRow(**plain, **_song_columns(entry), role=entry.role, state=entry.state))
    session.flush()


def add_to_history(session: Session, entry: Entry, played_at: Instant) -> None:
    """Once: a second time changes nothing."""
    if session.get(SongHistoryRow, entry.id) is not None:
        return
    session.add(
        SongHistoryRow(
            request_id=entry.id,
            **_song_columns(entry),
            **_when(entry),
            played_at=played_at,
            fulfilled_at=entry.fulfilled_at,
            skipped=entry.skipped,
        )
    )


def set_fulfilled(session: Session, request_id: str, at: Instant) -> None:
    """In the history, if it is there already."""
    row = session.get(SongHistoryRow, request_id)
    if row is not None and row.fulfilled_at is None:
        row.fulfilled_at = at


def facts(session: Session, new: NewRequest, *, live: bool, window: timedelta) -> Facts:
    """What the rules look at."""
    entries = active(session)
    unheard = [entry for entry in entries if entry.state != "playing"]
    last = session.scalar(
        select(func.max(SongRequestRow.requested_at)).where(
            SongRequestRow.viewer_id == new.viewer.user_id, SongRequestRow.state.not_in(_GIVEN_BACK)
        )
    )
    played = session.scalar(
        select(func.max(SongHistoryRow.played_at)).where(
            SongHistoryRow.track_id == new.track.id, SongHistoryRow.played_at > new.requested_at - window
        )
    )
    return Facts(
        live=live,
        waiting=len(unheard),
        of_viewer=sum(entry.viewer.user_id == new.viewer.user_id for entry in unheard),
        last_request_at=last,
        is_queued=any(entry.track.id == new.track.id for entry in entries),
        played_at=played,
    )


def next_place(session: Session) -> int:
    """Behind everything there is."""
    return (session.scalar(select(func.max(SongRequestRow.place))) or 0) + 1


def purge(session: Session, now: Instant) -> None:
    """Forget requests that have been over for long."""
    session.execute(delete(SongRequestRow).where(SongRequestRow.over_at < now - KEPT))


def seen(session: Session) -> Known:
    """What the last picture of Spotify came to."""
    row = session.get(SongSeenRow, SINGLETON)
    if row is None:
        return Known()
    current = None
    if row.uri is not None and row.since is not None and row.seen_at is not None:
        current = Current(
            uri=row.uri,
            request=row.request_id,
            since=row.since,
            progress=timedelta(milliseconds=row.progress_ms),
            duration=timedelta(milliseconds=row.duration_ms),
            is_playing=row.is_playing,
            seen_at=row.seen_at,
        )
    return Known(current, tuple(Slot(*slot) for slot in json.loads(row.upcoming)))


def put_seen(session: Session, known: Known) -> None:
    """Remember what the last picture of Spotify came to."""
    current = known.current
    millisecond = timedelta(milliseconds=1)
    session.merge(
        SongSeenRow(
            id=SINGLETON,
            uri=current.uri if current else None,
            request_id=current.request if current else None,
            since=current.since if current else None,
            seen_at=current.seen_at if current else None,
            progress_ms=max(current.progress // millisecond, 0) if current else 0,
            duration_ms=max(current.duration // millisecond, 0) if current else 0,
            is_playing=current.is_playing if current else False,
            upcoming=json.dumps([[slot.uri, slot.request, slot.added, slot.listed] for slot in known.upcoming]),
        )
    )


def rewrite_places(session: Session, entries: Sequence[Entry]) -> None:
    """Give the places of `entries` out anew, in the order given."""
    places = sorted(entry.place for entry in entries)
    for entry, place in zip(entries, places, strict=True):
        row = session.get(SongRequestRow, entry.id)
        if row is not None:
            row.place = place
