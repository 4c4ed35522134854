"""The one row of the switch."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.storage.base import Base, InstantText

SINGLETON = "hold"


class HoldRow(Base):
    """Whether everything is on hold."""

    __tablename__ = "hold"

    id: Mapped[str] = mapped_column(String, primary_key=True)
    held: Mapped[bool]
    since: Mapped[Instant | None] = mapped_column(InstantText)
    by: Mapped[str | None] = mapped_column(String)
