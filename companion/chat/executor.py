"""`CommandExecutor`: from a chat message to what it does and the one line that answers it.

The inbox hands each message over at least once. Writes carry the message's id; the reply is claimed by a receipt
right before it is handed to the voice, so that no line is ever said twice: a crash in between costs the line.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from companion.chat import wording
from companion.chat.cooldowns import Cooldowns
from companion.chat.handlers.handler import ACTING, Call, Handler, Reply
from companion.chat.parser import Spoken, parse
from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.chat import ChatVoice
from companion.ports.chat_commands import ChatCommandsPort, Command, ComputedName
from companion.ports.hold import HoldPort
from companion.ports.receipts import Receipts
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import at_least
from companion.runtime.transactions import StorageFailure

LATE: Final = timedelta(minutes=2)
"""From then on a command still does what it does, but questions are not answered any more."""


class CommandExecutor:
    """Answers commands, and is silent about everything else.

    `computed` and `text` are the handlers (see `handlers.table` and `handlers.texts`); `is_own` says whether a
    message is one that the voice has sent. Replies are spoken in the background: one that waits for room in
    Twitch's limits holds up no other message.
    """

    def __init__(
        self,
        *,
        commands: ChatCommandsPort,
        computed: Mapping[ComputedName, Handler],
        text: Handler,
        hold: HoldPort,
        voice: ChatVoice,
        is_own: Callable[[ChatMessage], Awaitable[bool]],
        receipts: Receipts,
        clock: Clock,
        supervisor: TaskSupervisor,
        logger: logging.Logger,
    ) -> None:
        self._commands = commands
        self._computed = computed
        self._text = text
        self._hold = hold
        self._voice = voice
        self._is_own = is_own
        self._receipts = receipts
        self._cooldowns = Cooldowns(clock=clock)
        self._clock = clock
        self._supervisor = supervisor
        self._logger = logger

    async def handle(self, message: ChatMessage, *, received_at: Instant) -> Result[None, str]:
        """Take one message that came at `received_at` (our clock).

        The error is trouble that may pass: hand the message over again later. A reply that Twitch refuses is none.
        """
        spoken = parse(message.text)
        command = None if spoken is None else self._meant(spoken, message)
        if spoken is None or command is None or await self._is_own(message):
            return Ok(None)
        late = self._clock.now() - received_at > LATE
        if (late and not _acts(command)) or not self._cooldowns.take(command, message):
            return Ok(None)
        handler = self._text if command.computed is None else self._computed[command.computed]
        try:
            answer = await handler(Call(command, spoken.args, message, late))
            if isinstance(answer, Err):
                return Err(f"!{command.name}: {answer.error.detail}")
            if answer.value is not None and self._receipts.claim("chat-reply", message.chat_id):
                self._reply(message, answer.value)
        except StorageFailure as failure:
            return Err(f"!{command.name}: {failure.detail}")
        return Ok(None)

    def _meant(self, spoken: Spoken, message: ChatMessage) -> Command | None:
        """The command that is to run; None for silence."""
        if message.from_other_channel:
            return None
        command = self._commands.find(spoken.name)
        if command is None or not command.enabled or not at_least(message.role, command.role):
            return None
        if command.computed == "hold":
            return command if at_least(message.role, "moderator") else None
        return None if self._hold.state().held else command

    def _reply(self, message: ChatMessage, reply: Reply) -> None:
        self._supervisor.spawn(self._say(message, line_of(message, reply)), name=f"chat reply to {message.chat_id}")

    async def _say(self, message: ChatMessage, line: str) -> None:
        said = await self._voice.say(line, reply_to=message.chat_id)
        if isinstance(said, Err):
            self._logger.info("a reply was not said: %s", type(said.error).__name__)


def line_of(message: ChatMessage, reply: Reply) -> str:
    """The whole line: the viewer's name first, unless the reply has it already and does not look like a command."""
    if reply.names_viewer and not reply.text.startswith(("!", "/", ".")):
        return reply.text
    return f"{wording.name_of(message.viewer)}: {reply.text}"


def _acts(command: Command) -> bool:
    return command.kind == "counter" or (command.computed is not None and command.computed in ACTING)
