"""`ChatCommands`: the catalogue of chat commands with its values and counters, in memory and on disk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands import changes, rules, shelf
from companion.objects.chat_commands.catalogue import Catalogue, Value
from companion.objects.chat_commands.defaults import DEFAULTS
from companion.ports.chat_commands import BadCommand, Command, NameTaken, NoSuchCommand, StoredValue, ValueShared
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction
from companion.runtime import outbox
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.transactions import session_of


class ChatCommands(DurableObject):
    """Implements `ports.chat_commands.ChatCommandsPort`. Reads never touch the disk.

    `defaults` are what this version offers; each name is put into the catalogue once, and never again. `on_change` is
    called when a command or a value has changed, whoever changed it.
    """

    name = "chat-commands"

    def __init__(
        self,
        *,
        runtime: Runtime,
        logger: logging.Logger,
        on_change: Callable[[], None],
        defaults: Sequence[Command] = DEFAULTS,
    ) -> None:
        super().__init__(runtime)
        self._on_change = on_change
        self._logger = logger
        self._defaults = defaults
        self._catalogue = Catalogue()

    def load(self) -> str | None:
        """Read what is stored and offer new defaults. The answer is what had to be set aside, None if all was sound."""
        now = self.clock.now()
        with self.transactions.begin() as tx:
            session = session_of(tx)
            stored, problems = shelf.read(session, now)
            seeded = stored
            for default in shelf.not_offered(session, self._defaults, now):
                seeded = changes.seeded(seeded, default)
            shelf.write(session, stored, seeded)
        self._catalogue = seeded
        return "; ".join(problems) or None

    # What others call: see `ports.chat_commands.ChatCommandsPort`

    def list_commands(self) -> Sequence[Command]:
        """By name."""
        return tuple(sorted(self._catalogue.commands.values(), key=lambda command: command.name))

    def find(self, name: str) -> Command | None:
        """By name or alias, with or without its exclamation mark."""
        return self._catalogue.find(rules.spelled(name))

    def value(self, name: str) -> StoredValue | None:
        """A shared value, by the name it is kept under."""
        return self._catalogue.stored(rules.spelled(name))

    @storage_to_result
    async def create(self, command: Command) -> Result[Command, BadCommand | NameTaken | StorageFailed]:
        """Add one. `value_of` left out: a dynamic or counter command keeps a value of its own."""
        change = changes.created(self._catalogue, command)
        if isinstance(change, Err):
            return change
        catalogue, stored = change.value
        self._change(catalogue)
        self._logger.info("chat command !%s was added", stored.name)
        return Ok(stored)

    @storage_to_result
    async def update(
        self, name: str, command: Command
    ) -> Result[Command, BadCommand | NameTaken | NoSuchCommand | StorageFailed]:
        """Replace one. Renaming the source of a shared value renames the value for all that use it."""
        change = changes.updated(self._catalogue, name, command)
        if isinstance(change, Err):
            return change
        catalogue, stored = change.value
        self._change(catalogue)
        self._logger.info("chat command !%s was changed", stored.name)
        return Ok(stored)

    @storage_to_result
    async def delete(self, name: str) -> Result[None, NoSuchCommand | ValueShared | StorageFailed]:
        """Delete for good. The last command that uses a value takes it along."""
        change = changes.deleted(self._catalogue, name)
        if isinstance(change, Err):
            return change
        self._change(change.value)
        self._logger.info("chat command !%s was deleted", rules.spelled(name))
        return Ok(None)

    @storage_to_result
    async def set_value(
        self, name: str, text: str, *, once: str | None = None
    ) -> Result[StoredValue, BadCommand | NoSuchCommand | StorageFailed]:
        """Set what the command called `name` shows. `once`: a chat message id; its repetition changes nothing."""
        command = self.find(name)
        if command is None:
            return Err(NoSuchCommand(name))
        value = rules.new_value(command, text, self._kept(command))
        if isinstance(value, Err):
            return value
        return Ok(self._keep(command, value.value, once))

    @storage_to_result
    async def count_up(
        self, name: str, *, once: str | None = None
    ) -> Result[StoredValue, NoSuchCommand | StorageFailed]:
        """Add one to the counter of the command called `name`. `once` as above."""
        command = self.find(name)
        if command is None or command.kind != "counter":
            return Err(NoSuchCommand(name))
        return Ok(self._keep(command, rules.counted(self._kept(command)), once))

    # Inside

    def _kept(self, command: Command) -> Value:
        return self._catalogue.values.get(command.value_of or "", Value())

    def _keep(self, command: Command, value: Value, once: str | None) -> StoredValue:
        key = command.value_of or command.name
        with self.transactions.begin() as tx:
            changed = self._first_time(tx, once)
            after = self._catalogue.with_value(key, value) if changed else self._catalogue
            shelf.write(session_of(tx), self._catalogue, after)
        self._catalogue = after
        if changed:
            self._on_change()
        return after.stored(key) or StoredValue(key, "", 0, (command.name,))

    def _first_time(self, tx: Transaction, once: str | None) -> bool:
        return once is None or outbox.claim_receipt(session_of(tx), self.name, once, self.clock.now())

    def _change(self, catalogue: Catalogue) -> None:
        with self.transactions.begin() as tx:
            shelf.write(session_of(tx), self._catalogue, catalogue)
        self._catalogue = catalogue
        self._on_change()
