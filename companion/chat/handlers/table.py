"""Which handler answers which computed command."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from companion.chat.handlers.catalogue import CatalogueHandlers
from companion.chat.handlers.handler import Handler
from companion.chat.handlers.hold import HoldHandlers
from companion.chat.handlers.people import PeopleHandlers
from companion.chat.handlers.raffle import RaffleHandlers
from companion.chat.handlers.requests import RequestHandlers, StartSaga
from companion.chat.handlers.songs import SongHandlers
from companion.chat.handlers.stream import Localise, StreamHandlers, as_here
from companion.kernel.instant import Clock
from companion.ports.achievements import AchievementsPort
from companion.ports.chat_commands import ChatCommandsPort, ComputedName
from companion.ports.hold import HoldPort
from companion.ports.raffle import KeyboardRafflePort
from companion.ports.receipts import Receipts
from companion.ports.rewards import RewardsPort
from companion.ports.song_queue import SongQueuePort
from companion.ports.stream import StreamReader
from companion.ports.viewers import ViewersPort


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPorts:
    """Everything that the commands ask or tell."""

    commands: ChatCommandsPort
    queue: SongQueuePort
    raffle: KeyboardRafflePort
    rewards: RewardsPort
    achievements: AchievementsPort
    viewers: ViewersPort
    stream: StreamReader
    """By the same clock as `clock` of the handlers."""
    hold: HoldPort
    receipts: Receipts
    start: StartSaga


def computed_handlers(
    ports: ChatPorts,
    *,
    clock: Clock,
    logger: logging.Logger,
    roll_by_command: Callable[[], bool] | None = None,
    localise: Localise = as_here,
) -> Mapping[ComputedName, Handler]:
    """One handler per computed command. `roll_by_command` left out: where the channel has no channel points."""
    songs = SongHandlers(queue=ports.queue, clock=clock)
    requests = RequestHandlers(queue=ports.queue, start=ports.start, receipts=ports.receipts, logger=logger)
    people = PeopleHandlers(
        viewers=ports.viewers, achievements=ports.achievements, queue=ports.queue, raffle=ports.raffle
    )
    stream = StreamHandlers(stream=ports.stream, clock=clock, localise=localise)
    catalogue = CatalogueHandlers(commands=ports.commands)
    return {
        "song": songs.song,
        "queue": songs.queue,
        "position": songs.position,
        "sr": requests.sr,
        "wrongsong": requests.wrongsong,
        "skip": requests.skip,
        "remove": requests.remove,
        "achievements": people.achievements,
        "stats": people.stats,
        "uptime": stream.uptime,
        "time": stream.time,
        "commands": catalogue.commands,
        "set": catalogue.set,
        "hold": HoldHandlers(hold=ports.hold, receipts=ports.receipts).hold,
        **_raffle(ports, roll_by_command or (lambda: not ports.rewards.view().available), logger),
    }


def _raffle(ports: ChatPorts, by_command: Callable[[], bool], logger: logging.Logger) -> dict[ComputedName, Handler]:
    handlers = RaffleHandlers(
        raffle=ports.raffle, rewards=ports.rewards, start=ports.start, by_command=by_command, logger=logger
    )
    return {"raffle": handlers.raffle, "roll": handlers.roll, "raffleboard": handlers.raffleboard}
