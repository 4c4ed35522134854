"""Tables of the stream's life."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.objects.stream_lifecycle.state import LifecycleState
from companion.storage.base import Base, InstantText

SINGLETON = "stream"


class StreamStateRow(Base):
    """The one row of the present state."""

    __tablename__ = "stream_state"
    __table_args__ = (
        CheckConstraint("peak >= 0", name="peak"),
        CheckConstraint("NOT is_live OR session_id IS NOT NULL", name="live_has_session"),
    )

    id: Mapped[str] = mapped_column(String, primary_key=True)
    is_live: Mapped[bool]
    session_open: Mapped[bool]
    session_id: Mapped[str | None] = mapped_column(String)
    stream_id: Mapped[str | None] = mapped_column(String)
    started_at: Mapped[Instant | None] = mapped_column(InstantText)
    ended_at: Mapped[Instant | None] = mapped_column(InstantText)
    resume_until: Mapped[Instant | None] = mapped_column(InstantText)
    peak: Mapped[int]
    viewer_count: Mapped[int | None]
    viewers_seen_at: Mapped[Instant | None] = mapped_column(InstantText)
    last_transition_at: Mapped[Instant | None] = mapped_column(InstantText)
    online_seen_at: Mapped[Instant | None] = mapped_column(InstantText)
    confirmed_at: Mapped[Instant | None] = mapped_column(InstantText)
    end_untold: Mapped[bool] = mapped_column("closed_by_helix", key="end_untold")  # its first purpose
    empty_answers: Mapped[int]
    first_empty_at: Mapped[Instant | None] = mapped_column(InstantText)

    def value(self) -> LifecycleState:
        """The row as a frozen value."""
        return LifecycleState(**{name: getattr(self, name) for name in LifecycleState.__dataclass_fields__})

    @classmethod
    def of(cls, state: LifecycleState) -> StreamStateRow:
        """The row that stores `state`."""
        fields = {name: getattr(state, name) for name in LifecycleState.__dataclass_fields__}
        return cls(id=SINGLETON, **fields)


class StreamSeenRow(Base):
    """A stream id of Twitch that has opened or continued a session: it never opens one again."""

    __tablename__ = "streams_seen"

    stream_id: Mapped[str] = mapped_column(String, primary_key=True)
    session_id: Mapped[str] = mapped_column(String, index=True)
    started_at: Mapped[Instant] = mapped_column(InstantText)


class StreamTodoRow(Base):
    """One thing that an accepted transition still has to do; resumed after a crash, in order."""

    __tablename__ = "stream_todos"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    todo: Mapped[str] = mapped_column(String)
    event: Mapped[str] = mapped_column(String)
    """The transition's event (JSON text): committed with the state, published by the to-do."""


class ViewerSnapshotRow(Base):
    """One viewer count of one session; one per instant."""

    __tablename__ = "viewer_snapshots"
    __table_args__ = (CheckConstraint("viewer_count >= 0", name="viewer_count"),)

    session_id: Mapped[str] = mapped_column(String, primary_key=True)
    at: Mapped[Instant] = mapped_column(InstantText, primary_key=True, index=True)
    viewer_count: Mapped[int]
