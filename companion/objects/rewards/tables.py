"""The table of our rewards."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.storage.base import Base


class RewardRow(Base):
    """What one of our rewards shall be, and the id under which Twitch has it."""

    __tablename__ = "rewards"
    __table_args__ = (CheckConstraint("cost >= 1", name="cost"),)

    use: Mapped[str] = mapped_column(String, primary_key=True)
    title: Mapped[str] = mapped_column(String)
    cost: Mapped[int]
    prompt: Mapped[str] = mapped_column(String)
    input_required: Mapped[bool]
    color: Mapped[str] = mapped_column(String)
    switched_on: Mapped[bool]
    reward_id: Mapped[str | None] = mapped_column(String)
    past_ids: Mapped[str] = mapped_column(String)
    """Ids that it had before (deleted, made anew), one a line: redemptions of those may still be on their way."""
