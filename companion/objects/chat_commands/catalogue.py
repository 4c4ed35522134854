"""The catalogue as one frozen value: commands by name, and the values and counters that they share. Pure.

Every value is kept under the name of the command it came into being with (its source); others may use it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from companion.ports.chat_commands import Command, CommandKind, StoredValue


@dataclass(frozen=True, slots=True)
class Value:
    """What is kept under one name: `text` for dynamic commands, `count` for counters."""

    text: str = ""
    count: int = 0


Commands: TypeAlias = Mapping[str, Command]
Values: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is stored. A change makes another one."""

    commands: Commands = field(default_factory=dict)
    values: Values = field(default_factory=dict)
    index: Mapping[str, str] = field(default_factory=dict)
    """Names and aliases, to names."""

    @classmethod
    def of(cls, commands: Commands, values: Values) -> Catalogue:
        """With its index. Where an alias is taken by a name, the name wins."""
        index = {alias: command.name for command in commands.values() for alias in command.aliases}
        return cls(commands, values, {**index, **{name: name for name in commands}})

    def find(self, name: str) -> Command | None:
        """By name or alias, in lower case."""
        known = self.index.get(name)
        return None if known is None else self.commands[known]

    def used_by(self, value: str) -> tuple[str, ...]:
        """Names of the commands that show or change a value."""
        return tuple(sorted(command.name for command in self.commands.values() if command.value_of == value))

    def kind_of(self, value: str) -> CommandKind | None:
        """Whether a value is a dynamic command's or a counter's; None when nobody keeps one of that name."""
        users = (self.commands[name].kind for name in self.used_by(value))
        return next((kind for kind in users if kind in ("dynamic", "counter")), None)

    def stored(self, value: str) -> StoredValue | None:
        """A value with its users."""
        known = self.values.get(value)
        return None if known is None else StoredValue(value, known.text, known.count, self.used_by(value))

    def with_command(self, command: Command) -> Catalogue:
        """With `command` added or replaced; a value that nobody uses any more is gone, a new one begins empty."""
        return self._tidied({**self.commands, command.name: command}, dict(self.values))

    def without(self, name: str) -> Catalogue:
        """Without a command, and without its value when it was the last to use it."""
        return self._tidied({key: it for key, it in self.commands.items() if key != name}, dict(self.values))

    def replaced(self, old: Command, new: Command) -> Catalogue:
        """With `new` in the place of `old`. A value whose source is renamed takes the new name with all its users."""
        commands = {name: it for name, it in self.commands.items() if name != old.name} | {new.name: new}
        values = dict(self.values)
        if old.value_of == old.name and new.value_of == new.name and old.name != new.name:
            commands = {
                name: replace(it, value_of=new.name) if it.value_of == old.name else it for name, it in commands.items()
            }
            values[new.name] = values.pop(old.name, Value())
        return self._tidied(commands, values)

    def with_value(self, name: str, value: Value) -> Catalogue:
        """With another value under a name."""
        return replace(self, values={**self.values, name: value})

    @classmethod
    def _tidied(cls, commands: Commands, values: Values) -> Catalogue:
        used = {command.value_of for command in commands.values() if command.value_of is not None}
        return cls.of(commands, {name: values.get(name, Value()) for name in sorted(used)})
