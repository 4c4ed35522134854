"""Who listens to chat and who answers: the intake of notifications, and the commands."""

from __future__ import annotations

import logging

from companion.application.intake import Intake, Knows, Listeners
from companion.application.settled_at_twitch import SettledAtTwitch
from companion.bootstrap.evening_parts import Around, Objects
from companion.chat.executor import CommandExecutor
from companion.chat.handlers.table import ChatPorts, computed_handlers
from companion.chat.handlers.texts import TextHandler
from companion.chat.parser import parse
from companion.kernel.result import Err, Result
from companion.ports.failures import StorageFailed
from companion.ports.sagas import StartConflict
from companion.ports.twitch import ChatMessage
from companion.runtime.receipts import StoredReceipts
from companion.runtime.transactions import StorageFailure


def make_intake(around: Around, objects: Objects, settled: SettledAtTwitch) -> Intake:
    """What notifications mean to these objects."""
    executor = _executor(around, objects)

    def senders() -> frozenset[str]:
        ids = (around.logins.streamer_id(), around.logins.bot_id())
        return frozenset(each for each in ids if each is not None)

    def own_line(message: ChatMessage) -> None:
        seen = objects.raffle.commitment_seen(message.chat_id, message.sent_at)
        around.surroundings.supervisor.spawn(seen, name="raffle: own line seen")

    return Intake(
        knows=Knows(
            lifecycle=around.lifecycle,
            viewers=objects.viewers,
            rewards=objects.rewards,
            sagas=objects.sagas,
            settled=settled,
        ),
        bus=around.foundation.bus,
        transactions=around.foundation.transactions,
        listeners=Listeners(
            ear=objects.voice,
            senders=senders,
            is_command=lambda text: parse(text) is not None,
            answer=lambda message, received_at: executor.handle(message, received_at=received_at),
            own_line=own_line,
        ),
    )


def _executor(around: Around, objects: Objects) -> CommandExecutor:
    clock, log = around.surroundings.clock, logging.getLogger("companion.chat")
    ports = _ports(around, objects)
    text = TextHandler(
        commands=objects.commands,
        stream=around.local_stream,
        queue=objects.songs,
        clock=clock,
        pick=around.surroundings.random.choice,
        logger=log,
    )
    return CommandExecutor(
        commands=objects.commands,
        computed=computed_handlers(ports, clock=clock, logger=log),
        text=text.answer,
        hold=objects.hold,
        voice=objects.voice,
        is_own=objects.voice.is_own,
        receipts=ports.receipts,
        clock=clock,
        supervisor=around.surroundings.supervisor,
        logger=log,
    )


def _ports(around: Around, objects: Objects) -> ChatPorts:
    receipts = StoredReceipts(transactions=around.foundation.transactions, clock=around.surroundings.clock)

    def start(kind: str, run_id: str, params: object) -> Result[object, StartConflict | StorageFailed]:
        try:
            with around.foundation.transactions.begin() as tx:
                return objects.sagas.start_in(tx, kind, run_id, params)
        except StorageFailure as failure:
            return Err(StorageFailed(failure.detail))

    return ChatPorts(
        commands=objects.commands,
        queue=objects.songs,
        raffle=objects.raffle,
        rewards=objects.rewards,
        achievements=objects.achievements,
        viewers=objects.viewers,
        stream=around.local_stream,
        hold=objects.hold,
        receipts=receipts,
        start=start,
    )
