"""Tables of the song queue: requests, what was played, block lists, and what was last seen in Spotify."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText

SINGLETON = "spotify"


class SongColumns:
    """The viewer and the song, as they were when it was asked for."""

    viewer_id: Mapped[str] = mapped_column(String)
    viewer_login: Mapped[str] = mapped_column(String)
    viewer_name: Mapped[str] = mapped_column(String)
    source: Mapped[str] = mapped_column(String)
    track_id: Mapped[str] = mapped_column(String)
    uri: Mapped[str] = mapped_column(String)
    title: Mapped[str] = mapped_column(String)
    artists: Mapped[str] = mapped_column(String)
    """A JSON list of names."""
    album: Mapped[str] = mapped_column(String)
    duration_ms: Mapped[int]
    explicit: Mapped[bool]
    cover_url: Mapped[str | None] = mapped_column(String)
    link: Mapped[str] = mapped_column(String)
    requested_at: Mapped[Instant] = mapped_column(InstantText)
    session_id: Mapped[str | None] = mapped_column(String)


class SongRequestRow(SongColumns, Base):
    """One request; kept for a while after it is over."""

    __tablename__ = "song_requests"
    __table_args__ = (
        CheckConstraint(
            "state IN ('approval', 'waiting', 'handed_over', 'playing', 'played', 'removed', 'refunded', 'vanished', "
            "'undecided')",
            name="state",
        ),
        CheckConstraint("json_valid(artists)", name="artists"),
        CheckConstraint("duration_ms >= 0", name="duration"),
        CheckConstraint("state <> 'handed_over' OR handed_over_at IS NOT NULL", name="handed_over"),
        CheckConstraint("state NOT IN ('playing', 'played') OR playing_since IS NOT NULL", name="playing"),
        CheckConstraint("NOT handing OR granted", name="handing"),
        Index("ix_song_requests_state_place", "state", "place"),
        Index("ix_song_requests_viewer_id_requested_at", "viewer_id", "requested_at"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    role: Mapped[str] = mapped_column(String)
    state: Mapped[str] = mapped_column(String)
    place: Mapped[int]
    granted: Mapped[bool]
    handing: Mapped[bool]
    held_since: Mapped[Instant | None] = mapped_column(InstantText)
    handed_over_at: Mapped[Instant | None] = mapped_column(InstantText)
    seen_at: Mapped[Instant | None] = mapped_column(InstantText)
    missing_since: Mapped[Instant | None] = mapped_column(InstantText)
    playing_since: Mapped[Instant | None] = mapped_column(InstantText)
    fulfilled_at: Mapped[Instant | None] = mapped_column(InstantText)
    over_at: Mapped[Instant | None] = mapped_column(InstantText, index=True)
    over_code: Mapped[str | None] = mapped_column(String)
    over_text: Mapped[str | None] = mapped_column(String)
    skipped: Mapped[bool]
    note: Mapped[str | None] = mapped_column(String)


class SongHistoryRow(SongColumns, Base):
    """One request that was played, once."""

    __tablename__ = "song_history"
    __table_args__ = (
        CheckConstraint("json_valid(artists)", name="artists"),
        Index("ix_song_history_viewer_id_played_at", "viewer_id", "played_at"),
        Index("ix_song_history_track_id_played_at", "track_id", "played_at"),
    )

    request_id: Mapped[str] = mapped_column(String, primary_key=True)
    played_at: Mapped[Instant] = mapped_column(InstantText, index=True)
    fulfilled_at: Mapped[Instant | None] = mapped_column(InstantText)
    skipped: Mapped[bool]


class SongBlockRow(Base):
    """One entry of the block lists."""

    __tablename__ = "song_blocks"
    __table_args__ = (CheckConstraint("kind IN ('track', 'artist', 'viewer')", name="kind"),)

    kind: Mapped[str] = mapped_column(String, primary_key=True)
    key: Mapped[str] = mapped_column(String, primary_key=True)
    label: Mapped[str] = mapped_column(String)


class SongSeenRow(Base):
    """The one row of what Spotify showed last: what plays, whose it is, and whose the upcoming ones are."""

    __tablename__ = "song_seen"
    __table_args__ = (
        CheckConstraint("json_valid(upcoming)", name="upcoming"),
        CheckConstraint("uri IS NULL OR (since IS NOT NULL AND seen_at IS NOT NULL)", name="current"),
        CheckConstraint("progress_ms >= 0 AND duration_ms >= 0", name="progress"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    uri: Mapped[str | None] = mapped_column(String)
    request_id: Mapped[str | None] = mapped_column(String)
    since: Mapped[Instant | None] = mapped_column(InstantText)
    seen_at: Mapped[Instant | None] = mapped_column(InstantText)
    progress_ms: Mapped[int]
    duration_ms: Mapped[int]
    is_playing: Mapped[bool]
    upcoming: Mapped[str] = mapped_column(String)
    """A JSON list of lists: address, request id or null, whether it was added, whether it is of Spotify's own list. The
    last ones may be missing where an older version has written."""
