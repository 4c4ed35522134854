"""Tables of the chat commands: the catalogue, its values and counters, and which defaults were offered."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from companion.kernel.instant import Instant
from companion.ports.chat_commands import Command, CommandKind, ComputedName
from companion.ports.viewers import Role
from companion.storage.base import Base, InstantText

_ROLES = "('everyone', 'subscriber', 'vip', 'moderator', 'broadcaster')"


class ChatCommandRow(Base):
    """One command. `aliases` are names with blanks between them (a name has none); cooldowns are milliseconds."""

    __tablename__ = "chat_commands"
    __table_args__ = (
        CheckConstraint("kind IN ('static', 'dynamic', 'counter', 'computed')", name="kind"),
        CheckConstraint("(kind = 'computed') = (computed IS NOT NULL)", name="computed"),
        CheckConstraint(f"role IN {_ROLES}", name="role"),
        CheckConstraint(f"set_role IN {_ROLES}", name="set_role"),
        CheckConstraint("cooldown_ms >= 0 AND viewer_cooldown_ms >= 0", name="cooldowns"),
    )

    name: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    aliases: Mapped[str] = mapped_column(String)
    template: Mapped[str] = mapped_column(String)
    computed: Mapped[str | None] = mapped_column(String)
    value_of: Mapped[str | None] = mapped_column(String, index=True)
    role: Mapped[str] = mapped_column(String)
    set_role: Mapped[str] = mapped_column(String)
    cooldown_ms: Mapped[int]
    viewer_cooldown_ms: Mapped[int]
    enabled: Mapped[bool]
    builtin: Mapped[bool]

    def value(self) -> Command:
        """The row as a frozen value; whether it makes sense is `rules`' to say."""
        return Command(
            name=self.name,
            kind=cast("CommandKind", self.kind),
            aliases=tuple(self.aliases.split()),
            template=self.template,
            computed=cast("ComputedName | None", self.computed),
            value_of=self.value_of,
            role=cast("Role", self.role),
            set_role=cast("Role", self.set_role),
            cooldown=timedelta(milliseconds=self.cooldown_ms),
            viewer_cooldown=timedelta(milliseconds=self.viewer_cooldown_ms),
            enabled=self.enabled,
            builtin=self.builtin,
        )

    @classmethod
    def of(cls, command: Command) -> ChatCommandRow:
        """The row that stores `command`."""
        return cls(
            name=command.name,
            kind=command.kind,
            aliases=" ".join(command.aliases),
            template=command.template,
            computed=command.computed,
            value_of=command.value_of,
            role=command.role,
            set_role=command.set_role,
            cooldown_ms=command.cooldown // timedelta(milliseconds=1),
            viewer_cooldown_ms=command.viewer_cooldown // timedelta(milliseconds=1),
            enabled=command.enabled,
            builtin=command.builtin,
        )


class ChatValueRow(Base):
    """A value or counter, under the name of the command that it came into being with."""

    __tablename__ = "chat_command_values"
    __table_args__ = (CheckConstraint("count >= 0", name="count"),)

    name: Mapped[str] = mapped_column(String, primary_key=True)
    text: Mapped[str] = mapped_column(String)
    count: Mapped[int]


class OfferedDefaultRow(Base):
    """A default command that was once put into the catalogue: it is never put there again."""

    __tablename__ = "chat_defaults_offered"

    name: Mapped[str] = mapped_column(String, primary_key=True)
    at: Mapped[Instant] = mapped_column(InstantText)
