"""A `CommandExecutor` with the real catalogue and receipts on disk, everything else in memory."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from companion.chat.executor import CommandExecutor
from companion.chat.handlers.handler import Handler
from companion.chat.handlers.table import ChatPorts, computed_handlers
from companion.chat.handlers.texts import TextHandler
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.chat_commands.object import ChatCommands
from companion.ports.chat_commands import Command, ComputedName
from companion.ports.failures import StorageFailed
from companion.ports.sagas import StartConflict
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import Role, Viewer
from tests.fakes.chat import FakeVoice, a_message
from tests.fakes.chat_world import BrittleReceipts, FakeStream, LivingQueue
from tests.fakes.clock import FakeClock
from tests.fakes.objects import FakeHold
from tests.fakes.runtime import Rig, Rigs
from tests.fakes.sagas import FakeStarter
from tests.fakes.show import ANN, EMPTY_QUEUE, make_objects, make_queue

LOGGER = logging.getLogger("companion.test")
STREAMER = Viewer("900100", "lanternharbor", "LanternHarbor")
MOD = Viewer("300", "mod_example", "Mod_Example")


class HeldVoice(FakeVoice):
    """Is silent while everything is on hold, as the voice is."""

    def __init__(self, clock: FakeClock, hold: FakeHold) -> None:
        self._hold = hold
        super().__init__(clock)

    @property
    def held(self) -> bool:
        return self._hold.state().held

    @held.setter
    def held(self, value: bool) -> None:
        assert not value, "the hold decides"


class Hall:
    """`say` lets a viewer say something and answers what was replied."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.rigs = Rigs(folder / "companion.db", clock)
        self.world = make_objects()
        self.queue = LivingQueue(self.world.asked, make_queue())
        self.stream = FakeStream()
        self.starter = FakeStarter()
        self.start_errors: deque[StorageFailed | StartConflict] = deque()
        self.own: set[str] = set()
        self.roll_by_command: bool | None = None
        self.rig: Rig
        self.commands: ChatCommands
        self.voice: HeldVoice
        self.receipts: BrittleReceipts
        self.executor: CommandExecutor
        self._messages = 0
        self._open()

    # ---- what happens in chat

    def message(self, text: str, viewer: Viewer = ANN, role: Role = "everyone") -> ChatMessage:
        self._messages += 1
        return a_message(text, chat_id=f"chat-{self._messages}", viewer=viewer, role=role, sent_at=self.clock.now())

    async def take(self, message: ChatMessage, received_at: Instant | None = None) -> Result[None, str]:
        """Hand a message over and let the reply be spoken."""
        taken = await self.executor.handle(message, received_at=received_at or self.clock.now())
        await self.rig.pass_time(0)
        return taken

    async def hear(self, message: ChatMessage) -> str | None:
        """What was replied to a message, None for silence."""
        before = len(self.voice.replies)
        assert await self.take(message) == Ok(None)
        new = self.voice.replies[before:]
        assert len(new) <= 1
        assert all(reply_to == message.chat_id for _, reply_to in new)
        return new[0][0] if new else None

    async def say(self, text: str, viewer: Viewer = ANN, role: Role = "everyone") -> str | None:
        """A viewer says something, when all cooldowns are over."""
        self.clock.advance(3600)
        self.queue.shown = replace(self.queue.shown, seen_at=self.clock.now())
        return await self.hear(self.message(text, viewer, role))

    # ---- what others do

    async def add(self, *commands: Command) -> None:
        for command in commands:
            expect_ok(await self.commands.create(command))

    def empty_queue(self) -> None:
        self.queue.shown = EMPTY_QUEUE

    async def restart(self) -> None:
        """The program ends and starts again: what was only in memory is gone."""
        await self.rig.close()
        self._open()

    async def crash(self) -> None:
        """As above, at once."""
        await self.rig.crash()
        self._open()

    async def close(self) -> None:
        await self.rigs.close()

    # ---- inside

    def _open(self) -> None:
        self.rig = self.rigs()
        self.commands = ChatCommands(runtime=self.rig.runtime, logger=LOGGER, on_change=lambda: None)
        assert self.commands.load() is None
        self.voice = HeldVoice(self.clock, self.world.hold)
        self.receipts = BrittleReceipts(transactions=self.rig.transactions, clock=self.clock)
        text = TextHandler(
            commands=self.commands, stream=self.stream, queue=self.queue, clock=self.clock, pick=_last, logger=LOGGER
        )
        self.executor = CommandExecutor(
            commands=self.commands,
            computed=self._computed(),
            text=text.answer,
            hold=self.world.hold,
            voice=self.voice,
            is_own=self._is_own,
            receipts=self.receipts,
            clock=self.clock,
            supervisor=self.rig.supervisor,
            logger=LOGGER,
        )

    def _computed(self) -> Mapping[ComputedName, Handler]:
        ports = ChatPorts(
            commands=self.commands,
            queue=self.queue,
            raffle=self.world.raffle,
            rewards=self.world.rewards,
            achievements=self.world.achievements,
            viewers=self.world.viewers,
            stream=self.stream,
            hold=self.world.hold,
            receipts=self.receipts,
            start=self._start,
        )
        by_command = None if self.roll_by_command is None else lambda: bool(self.roll_by_command)
        return computed_handlers(ports, clock=self.clock, logger=LOGGER, roll_by_command=by_command)

    async def _is_own(self, message: ChatMessage) -> bool:
        return message.chat_id in self.own

    def _start(self, kind: str, run_id: str, params: object) -> Result[object, StartConflict | StorageFailed]:
        if self.start_errors:
            return Err(self.start_errors.popleft())
        with self.rig.transactions.begin() as tx:
            return self.starter.start_in(tx, kind, run_id, params)


def _last(choices: Sequence[str]) -> str:
    return choices[-1]
