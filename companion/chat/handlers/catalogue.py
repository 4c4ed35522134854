"""!commands, !set: the catalogue in chat."""

from __future__ import annotations

from companion.chat import wording
from companion.chat.handlers.handler import SILENT, Answer, Call, say
from companion.kernel.result import Err
from companion.ports.chat_commands import BadCommand, ChatCommandsPort, Command, NoSuchCommand
from companion.ports.failures import StorageFailed
from companion.ports.viewers import Role, at_least

_ROOM = 420
"""Code points for the list of commands: a reply has 500, and the name in front wants some."""


class CatalogueHandlers:
    """Reads of the catalogue, and the setting of values."""

    def __init__(self, *, commands: ChatCommandsPort) -> None:
        self._commands = commands

    async def commands(self, call: Call) -> Answer:
        """Only what the asker may use."""
        usable = [f"!{command.name}" for command in self._commands.list_commands() if self._may_use(command, call.role)]
        if not usable:
            return say("there are no commands for you just now.")
        shown: list[str] = []
        length = 0
        for name in usable:
            length += len(name) + 1
            if length > _ROOM:
                break
            shown.append(name)
        more = len(usable) - len(shown)
        return say(f"you can use {' '.join(shown)}{f' and {more} more' if more else ''}")

    async def set(self, call: Call) -> Answer:
        """Set a value or a counter; silence for those who may not."""
        name, text = (*call.args.split(maxsplit=1), "", "")[:2]
        command = self._commands.find(name) if name else None
        if command is None or not _has_value(command):
            if not at_least(call.role, "moderator"):
                return SILENT
            return say(_nothing_to_set(name, command))
        if not at_least(call.role, command.set_role):
            return SILENT
        if not text:
            return say(f"say what to set, as in !set {command.name} {'0' if command.kind == 'counter' else 'words'}.")
        done = await self._commands.set_value(command.name, wording.clean(text, len(text)), once=call.chat_id)
        if isinstance(done, Err):
            match done.error:
                case StorageFailed():
                    return Err(done.error)
                case BadCommand(detail):
                    return say(detail)
                case NoSuchCommand():
                    return say(_nothing_to_set(name, None))
        value = done.value
        return say(f"{command.name} is now {value.count if command.kind == 'counter' else value.text}")

    def _may_use(self, command: Command, role: Role) -> bool:
        if not command.enabled or not at_least(role, command.role):
            return False
        if command.computed != "set":
            return True
        return any(_has_value(it) and at_least(role, it.set_role) for it in self._commands.list_commands())


def _has_value(command: Command) -> bool:
    return command.kind in ("dynamic", "counter")


def _nothing_to_set(name: str, command: Command | None) -> str:
    if not name:
        return "say what to set, as in !set deaths 0."
    if command is None:
        return f"there is no command called {wording.clean(name.removeprefix('!'), 50)}."
    return f"{command.name} has no value to set."
