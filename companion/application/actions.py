"""The objects behind requests, raffle, achievements and chat, and what the streamer may do with each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from companion.application.achievements import AchievementActions
from companion.application.commands import CommandActions, TemplatePreview
from companion.application.holding import HoldActions
from companion.application.needs_you import BusLetters, NeedsYouActions
from companion.application.quitting import QuitActions
from companion.application.raffle import RaffleActions
from companion.application.raids import RaidActions
from companion.application.requests import RequestActions
from companion.application.rewards import RewardActions
from companion.kernel.instant import Clock
from companion.ports.achievements import AchievementsPort
from companion.ports.chat_commands import ChatCommandsPort
from companion.ports.hold import HoldPort
from companion.ports.inbox import InboxPort
from companion.ports.raffle import KeyboardRafflePort
from companion.ports.raids import RaidsPort
from companion.ports.rewards import RewardsPort
from companion.ports.sagas import SagasPort
from companion.ports.song_queue import SongQueuePort
from companion.ports.viewers import ViewersPort


@dataclass(frozen=True, slots=True)
class Objects:
    """The ports that actions and picture are made of."""

    queue: SongQueuePort
    raffle: KeyboardRafflePort
    achievements: AchievementsPort
    commands: ChatCommandsPort
    preview: TemplatePreview
    sagas: SagasPort
    inbox: InboxPort
    bus: BusLetters
    hold: HoldPort
    rewards: RewardsPort
    viewers: ViewersPort
    raids: RaidsPort


@dataclass(frozen=True, slots=True)
class Actions:
    """One small class for each page."""

    requests: RequestActions
    rewards: RewardActions
    raffle: RaffleActions
    achievements: AchievementActions
    commands: CommandActions
    raids: RaidActions
    needs_you: NeedsYouActions
    hold: HoldActions
    quitting: QuitActions


def make_actions(
    objects: Objects,
    *,
    clock: Clock,
    changed: Callable[[], None],
    again: Callable[[float], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Actions:
    """`changed` draws a new picture, `again` does so after some seconds."""
    return Actions(
        requests=RequestActions(queue=objects.queue, viewers=objects.viewers, changed=changed),
        rewards=RewardActions(rewards=objects.rewards, changed=changed),
        raffle=RaffleActions(raffle=objects.raffle, changed=changed),
        achievements=AchievementActions(achievements=objects.achievements, changed=changed),
        commands=CommandActions(commands=objects.commands, preview=objects.preview, changed=changed),
        raids=RaidActions(raids=objects.raids, changed=changed),
        needs_you=NeedsYouActions(
            sagas=objects.sagas,
            queue=objects.queue,
            inbox=objects.inbox,
            bus=objects.bus,
            rewards=objects.rewards,
            clock=clock,
            changed=changed,
            again=again,
        ),
        hold=HoldActions(hold=objects.hold, changed=changed),
        quitting=QuitActions(queue=objects.queue, sagas=objects.sagas, sleep=sleep, changed=changed),
    )
