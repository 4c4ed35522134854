"""Shout-outs given, by run."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText


class ShoutoutRow(Base):
    """A shout-out's turn, taken by a run."""

    __tablename__ = "shoutouts"

    run_id: Mapped[str] = mapped_column(String, primary_key=True)
    channel_id: Mapped[str] = mapped_column(String, index=True)
    at: Mapped[Instant] = mapped_column(InstantText, index=True)
