"""Tables of the achievements."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText

SINGLETON = "achievements"
_SCOPE = "scope IN ('cumulative', 'session')"


class AchievementRow(Base):
    """One definition. A deleted one of the streamer's own stays for the feed, which still names it."""

    __tablename__ = "achievements"
    __table_args__ = (
        CheckConstraint(_SCOPE, name="scope"),
        CheckConstraint("threshold IS NULL OR threshold >= 1", name="threshold"),
        CheckConstraint("NOT (builtin AND deleted)", name="builtin_stays"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String)
    description: Mapped[str] = mapped_column(String)
    icon: Mapped[str] = mapped_column(String)
    trigger: Mapped[str] = mapped_column(String)
    threshold: Mapped[int | None]
    scope: Mapped[str] = mapped_column(String)
    enabled: Mapped[bool]
    builtin: Mapped[bool]
    deleted: Mapped[bool]


class AchievementFactRow(Base):
    """A trigger fired: kept for good, so that a later definition can be applied to it. `session` is its number."""

    __tablename__ = "achievement_facts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own attribute

    trigger: Mapped[str] = mapped_column(String, primary_key=True)
    event_id: Mapped[str] = mapped_column(String, primary_key=True)
    viewer_id: Mapped[str] = mapped_column(String)
    at: Mapped[Instant] = mapped_column(InstantText)
    session: Mapped[int | None]
    amount: Mapped[int]


class AchievementProgressRow(Base):
    """How far a viewer is. `scope` is the definition's as of the last step: an unlock for good stays one."""

    __tablename__ = "achievement_progress"
    __table_args__ = (CheckConstraint(_SCOPE, name="scope"), CheckConstraint("progress >= 0", name="progress"))

    viewer_id: Mapped[str] = mapped_column(String, primary_key=True)
    achievement_id: Mapped[str] = mapped_column(String, primary_key=True)
    progress: Mapped[int]
    scope: Mapped[str] = mapped_column(String)
    unlocked_at: Mapped[Instant | None] = mapped_column(InstantText)


class AchievementUnlockRow(Base):
    """An unlock as it happened, under its event's id, with the fate of its chat line (None: never to be sent)."""

    __tablename__ = "achievement_unlocks"
    __table_args__ = (
        CheckConstraint(_SCOPE, name="scope"),
        CheckConstraint(
            "announcement IN ('pending', 'sending', 'sent', 'abandoned', 'uncertain')", name="announcement"
        ),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_achievement_unlocks_viewer_id_at", "viewer_id", "at"),
    )

    event_id: Mapped[str] = mapped_column(String, primary_key=True)
    achievement_id: Mapped[str] = mapped_column(String)
    viewer_id: Mapped[str] = mapped_column(String)
    viewer_name: Mapped[str] = mapped_column(String)
    at: Mapped[Instant] = mapped_column(InstantText, index=True)
    session_id: Mapped[str | None] = mapped_column(String)
    scope: Mapped[str] = mapped_column(String)
    cleared: Mapped[bool]
    announcement: Mapped[str | None] = mapped_column(String, index=True)
    attempts: Mapped[int]
    due: Mapped[Instant] = mapped_column(InstantText)


class AchievementViewerRow(Base):
    """A viewer's streaks. `last_session`: number of the last session the viewer was seen in."""

    __tablename__ = "achievement_viewers"

    viewer_id: Mapped[str] = mapped_column(String, primary_key=True)
    streak: Mapped[int]
    longest_streak: Mapped[int]
    attended: Mapped[int]
    watch_streak: Mapped[int]
    last_session: Mapped[int | None] = mapped_column(index=True)


class AchievementSessionRow(Base):
    """Sessions in the order they began."""

    __tablename__ = "achievement_sessions"

    number: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(String, unique=True)
    started_at: Mapped[Instant] = mapped_column(InstantText)


class AchievementStateRow(Base):
    """The one row of the present state. `watermark`: time of the last transition that was taken in."""

    __tablename__ = "achievement_state"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    session: Mapped[int | None]
    online: Mapped[bool]
    watermark: Mapped[Instant | None] = mapped_column(InstantText)
