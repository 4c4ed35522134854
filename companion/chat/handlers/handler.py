"""What a handler is given and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from companion.kernel.result import Ok, Result
from companion.ports.chat_commands import Command, ComputedName
from companion.ports.failures import StorageFailed
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import Role, Viewer


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a command. `late`: it was typed minutes ago and could not be looked at until now."""

    command: Command
    args: str
    message: ChatMessage
    late: bool = False

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return self.message.viewer

    @property
    def role(self) -> Role:
        """The asker's role."""
        return self.message.role

    @property
    def chat_id(self) -> str:
        """The id of the chat message: what makes a repetition of this call known."""
        return self.message.chat_id


@dataclass(frozen=True, slots=True)
class Reply:
    """One line. `names_viewer`: the asker's name stands in it already and need not be put in front."""

    text: str
    names_viewer: bool = False


Answer: TypeAlias = Result[Reply | None, StorageFailed]
"""None: nothing is said. The error is passing trouble: the call comes again later."""
Handler: TypeAlias = Callable[[Call], Awaitable[Answer]]
"""Must bear that the same call comes again."""

ACTING: Final[frozenset[ComputedName]] = frozenset({"sr", "wrongsong", "skip", "remove", "roll", "set", "hold"})
"""Computed commands that do something; the others only inform."""
SILENT: Final[Answer] = Ok(None)


def say(text: str) -> Answer:
    """Answer with one line, which the viewer's name will stand in front of."""
    return Ok(Reply(text))
