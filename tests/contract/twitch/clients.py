"""Companion's Twitch clients in front of the simulated Twitch, signed in as its streamer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from random import Random

from companion.kernel.instant import SystemClock
from companion.kernel.tasks import TaskSupervisor
from companion.ports.twitch import EventSubReceiver
from companion.services.http import HttpCaller
from companion.services.twitch.eventsub import EventSubClient
from companion.services.twitch.helix import TwitchService
from companion.services.twitch.subscriptions import STREAM_SUBSCRIPTIONS, SubscriptionRequest
from companion.simulator.testing import RunningSimulator
from tests.fakes.twitch import STREAMER, FakeTokenSource, LoopTimer

LOGGER = logging.getLogger("companion.twitch.contract")


def twitch_service(sim: RunningSimulator, http: HttpCaller, tokens: FakeTokenSource) -> TwitchService:
    return TwitchService(
        http=http,
        helix_url=sim.helix_url,
        tokens=tokens,
        broadcaster_id=lambda: STREAMER.user_id,
        clock=SystemClock(),
        logger=LOGGER,
    )


def eventsub_client(
    sim: RunningSimulator,
    api: TwitchService,
    receiver: EventSubReceiver,
    supervisor: TaskSupervisor,
    subscriptions: Sequence[SubscriptionRequest] = STREAM_SUBSCRIPTIONS,
) -> EventSubClient:
    """Not started; the caller stops it."""
    return EventSubClient(
        url=sim.eventsub_url,
        api=api,
        receiver=receiver,
        supervisor=supervisor,
        timer=LoopTimer(),
        clock=SystemClock(),
        random=Random(1),
        logger=LOGGER,
        subscriptions=subscriptions,
    )
