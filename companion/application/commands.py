"""What the streamer may do with the chat commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from companion.application.explain_actions import CommandError, explain_command
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.chat_commands import BadCommand, ChatCommandsPort, Command, StoredValue

T = TypeVar("T")

TemplatePreview: TypeAlias = Callable[[str], Result[str, BadCommand]]
"""A reply's text with example values in its placeholders, or what is wrong with it. Pure."""


class CommandActions:
    """Errors come as messages. `changed` is called after every action."""

    def __init__(self, *, commands: ChatCommandsPort, preview: TemplatePreview, changed: Callable[[], None]) -> None:
        self._commands = commands
        self._preview = preview
        self._changed = changed

    def preview(self, template: str) -> Result[str, Message]:
        """What a reply would look like, as the person types."""
        shown = self._preview(template)
        return shown if isinstance(shown, Ok) else Err(explain_command(shown.error))

    async def create(self, command: Command) -> Result[Command, Message]:
        """Add one."""
        return self._told(await self._commands.create(command))

    async def update(self, name: str, command: Command) -> Result[Command, Message]:
        """Replace the one called `name`."""
        return self._told(await self._commands.update(name, command))

    async def delete(self, name: str) -> Result[None, Message]:
        """Delete for good."""
        return self._told(await self._commands.delete(name))

    async def set_value(self, name: str, text: str) -> Result[StoredValue, Message]:
        """Set the value or the count behind the command called `name`."""
        return self._told(await self._commands.set_value(name, text))

    def _told(self, result: Result[T, CommandError]) -> Result[T, Message]:
        self._changed()
        return result if isinstance(result, Ok) else Err(explain_command(result.error))
