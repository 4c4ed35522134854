"""The table of viewers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText


class ViewerRow(Base):
    """One Twitch user under the newest name; `folded` ones are what names are looked up by."""

    __tablename__ = "viewers"
    __table_args__ = (
        CheckConstraint("role IN ('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')", name="role"),
    )

    user_id: Mapped[str] = mapped_column(String, primary_key=True)
    login: Mapped[str] = mapped_column(String)
    display_name: Mapped[str] = mapped_column(String)
    folded_login: Mapped[str] = mapped_column(String, index=True)
    folded_name: Mapped[str] = mapped_column(String, index=True)
    role: Mapped[str] = mapped_column(String)
    first_seen_at: Mapped[Instant] = mapped_column(InstantText)
    seen_at: Mapped[Instant] = mapped_column(InstantText)
