"""Chat commands: the catalogue that streamer and viewers use, and its values and counters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from companion.kernel.result import Result
from companion.ports.failures import StorageFailed
from companion.ports.viewers import Role

CommandKind: TypeAlias = Literal["static", "dynamic", "counter", "computed"]
ComputedName: TypeAlias = Literal[
    "song", "queue", "sr", "wrongsong", "position", "skip", "remove", "achievements", "stats", "raffle", "roll",
    "raffleboard", "uptime", "commands", "set", "time", "hold",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `template` is the text of a reply; computed ones have none."""

    name: str
    kind: CommandKind
    aliases: tuple[str, ...] = ()
    template: str = ""
    computed: ComputedName | None = None
    value_of: str | None = None
    """Dynamic and counter: the name under which the value or count is kept; several commands may share it."""
    role: Role = "everyone"
    set_role: Role = "moderator"
    """Who may set a dynamic value, or a counter, from chat."""
    cooldown: timedelta = timedelta(seconds=5)
    viewer_cooldown: timedelta = timedelta(0)
    enabled: bool = True
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A shared value or counter: `text` for dynamic commands, `count` for counters."""

    name: str
    text: str
    count: int
    used_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadCommand:
    """`detail` says what cannot be: a name out of form, an unknown placeholder, ..."""

    detail: str


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Another command has this name or alias."""

    name: str


@dataclass(frozen=True, slots=True)
class NoSuchCommand:
    """There is no command of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class ValueShared:
    """Other commands use the value: it cannot be deleted with this one."""

    value: str
    used_by: tuple[str, ...]


class ChatCommandsPort(Protocol):
    """The catalogue. Names are `[a-z0-9_-]{1,50}`, without the exclamation mark, in lower case."""

    def list_commands(self) -> Sequence[Command]:
        """By name."""
        ...

    def find(self, name: str) -> Command | None:
        """By name or alias, case-insensitive; also a disabled one."""
        ...

    def value(self, name: str) -> StoredValue | None:
        """A shared value."""
        ...

    async def create(self, command: Command) -> Result[Command, BadCommand | NameTaken | StorageFailed]:
        """Add one."""
        ...

    async def update(
        self, name: str, command: Command
    ) -> Result[Command, BadCommand | NameTaken | NoSuchCommand | StorageFailed]:
        """Replace the command called `name`; the new one may have another name."""
        ...

    async def delete(self, name: str) -> Result[None, NoSuchCommand | ValueShared | StorageFailed]:
        """Delete for good: a later version's defaults do not bring it back."""
        ...

    async def set_value(
        self, name: str, text: str, *, once: str | None = None
    ) -> Result[StoredValue, BadCommand | NoSuchCommand | StorageFailed]:
        """Set a dynamic command's value, or a counter's count. `once`: a chat message id; a repetition does nothing."""
        ...

    async def count_up(
        self, name: str, *, once: str | None = None
    ) -> Result[StoredValue, NoSuchCommand | StorageFailed]:
        """Add one to a counter command's count. `once` as above."""
        ...
