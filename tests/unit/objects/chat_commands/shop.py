"""A `ChatCommands` with the runs of its program."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from companion.kernel.result import expect_ok
from companion.objects.chat_commands.object import ChatCommands
from companion.ports.chat_commands import Command
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Rig, Rigs


class Shop:
    """`commands` is the object of the present run; `restart` is the next start, of a version with `defaults`."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.rigs = Rigs(folder / "companion.db", clock)
        self.defaults: tuple[Command, ...] = ()
        self.rig: Rig
        self.commands: ChatCommands
        self.problem: str | None = None
        self.changes = 0
        self._open()

    async def restart(self, defaults: Sequence[Command] | None = None) -> None:
        await self.rig.close()
        if defaults is not None:
            self.defaults = tuple(defaults)
        self._open()

    async def close(self) -> None:
        await self.rigs.close()

    def names(self) -> list[str]:
        return [command.name for command in self.commands.list_commands()]

    async def add(self, command: Command) -> Command:
        return expect_ok(await self.commands.create(command))

    def count(self, name: str) -> int:
        value = self.commands.value(name)
        assert value is not None
        return value.count

    def text(self, name: str) -> str:
        value = self.commands.value(name)
        assert value is not None
        return value.text

    def _changed(self) -> None:
        self.changes += 1

    def _open(self) -> None:
        self.rig = self.rigs()
        self.commands = ChatCommands(
            runtime=self.rig.runtime,
            logger=logging.getLogger("companion.test"),
            on_change=self._changed,
            defaults=self.defaults,
        )
        self.problem = self.commands.load()
