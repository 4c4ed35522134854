"""`chat_commands.*`: the catalogue and its values."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, StrictBool

from companion.kernel.result import Ok, Result
from companion.ports.chat_commands import ChatCommandsPort, Command, ComputedName
from companion.ports.viewers import Role
from companion.services.control.method import method
from companion.services.control.params import Params, Reference
from companion.services.control.rpc import Method, NoParams


class CommandGiven(Params):
    """A whole command; cooldowns in seconds."""

    name: Reference
    kind: Literal["static", "dynamic", "counter", "computed"] = "static"
    aliases: tuple[str, ...] = ()
    template: str = ""
    computed: ComputedName | None = None
    value_of: str | None = None
    role: Role = "everyone"
    set_role: Role = "moderator"
    cooldown: float = Field(default=5.0, ge=0, le=86_400)
    viewer_cooldown: float = Field(default=0.0, ge=0, le=86_400)
    enabled: StrictBool = True

    def value(self) -> Command:
        """As the object takes it."""
        return Command(
            name=self.name,
            kind=self.kind,
            aliases=self.aliases,
            template=self.template,
            computed=self.computed,
            value_of=self.value_of,
            role=self.role,
            set_role=self.set_role,
            cooldown=timedelta(seconds=self.cooldown),
            viewer_cooldown=timedelta(seconds=self.viewer_cooldown),
            enabled=self.enabled,
        )


class Update(Params):
    """`name` names the command that is replaced."""

    name: Reference
    command: CommandGiven


class OfName(Params):
    """One command."""

    name: Reference


class SetValue(OfName):
    """A dynamic command's value, or a counter's count as text."""

    text: str = Field(max_length=500)


def command_methods(commands: ChatCommandsPort) -> dict[str, Method]:
    """Name -> method."""

    async def listed(_: NoParams) -> Result[object, object]:
        return Ok({"commands": commands.list_commands()})

    async def create(params: CommandGiven) -> Result[object, object]:
        return await commands.create(params.value())

    async def update(params: Update) -> Result[object, object]:
        return await commands.update(params.name, params.command.value())

    async def delete(params: OfName) -> Result[object, object]:
        return await commands.delete(params.name)

    async def value(params: OfName) -> Result[object, object]:
        return Ok({"value": commands.value(params.name)})

    async def set_value(params: SetValue) -> Result[object, object]:
        return await commands.set_value(params.name, params.text)

    return {
        "chat_commands.list": method(NoParams, listed),
        "chat_commands.create": method(CommandGiven, create),
        "chat_commands.update": method(Update, update),
        "chat_commands.delete": method(OfName, delete),
        "chat_commands.get_value": method(OfName, value),
        "chat_commands.set_value": method(SetValue, set_value),
    }
