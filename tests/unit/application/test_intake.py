"""The intake: what each notification starts, tells, or has answered."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from companion.application.intake import Intake, Knows, Listeners
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.event_inbox.object import EventInbox
from companion.objects.viewers.object import Viewers
from companion.ports.events import DomainEvent
from companion.ports.failures import StorageFailed
from companion.ports.rewards import Redemption, RewardUse, Verdict
from companion.ports.saga_params import RAFFLE, SONG_REQUEST, Points, RaffleParams, SongRequestParams
from companion.ports.stream import StreamStarted, StreamState
from companion.ports.twitch import (
    ChatMessage,
    Followed,
    RedemptionAdded,
    RedemptionUpdated,
    StreamOffline,
    StreamOnline,
)
from tests.fakes.application import offline_stream
from tests.fakes.chat import ANN, STREAMER, a_message
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig, settle
from tests.fakes.sagas import FakeStarter

USES: dict[str, RewardUse] = {"reward-song": "song_request", "reward-roll": "raffle"}


def redemption(reward_id: str = "reward-song", **fields: object) -> Redemption:
    made = Redemption("r1", reward_id, ANN, "harbour lights", "unfulfilled", START, 500)
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of the class


class Desk:
    """Everything the intake knows, in memory; the inbox before it is the real one."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.state: StreamState = offline_stream()
        self.asked: list[object] = []
        self.lifecycle_answer: Result[None, StorageFailed] = Ok(None)
        self.settled: list[tuple[str, Verdict]] = []
        self.tell_answer: Result[None, str] = Ok(None)
        self.fulfilled: list[str] = []
        self.heard_lines: list[str] = []
        self.own: set[str] = set()
        self.own_seen: list[str] = []
        self.answered: list[tuple[str, Instant]] = []
        self.sagas = FakeStarter()
        self.viewers = Viewers(runtime=rig.runtime, streamer=lambda: STREAMER.user_id)
        self.told: list[DomainEvent] = []
        rig.bus.listen(self.told.append)
        self.intake = Intake(
            knows=Knows(lifecycle=self, viewers=self.viewers, rewards=self, sagas=self.sagas, settled=self),  # type: ignore[arg-type]  # only what the intake speaks to
            bus=rig.bus,
            transactions=rig.transactions,
            listeners=Listeners(
                ear=self,
                senders=lambda: frozenset({STREAMER.user_id}),
                is_command=lambda text: text.startswith("!"),
                answer=self._answer,
                own_line=lambda message: self.own_seen.append(message.chat_id),
            ),
        )
        self.inbox = EventInbox(
            runtime=rig.runtime,
            intake=self.intake,
            supervisor=rig.supervisor,
            logger=logging.getLogger("companion.test"),
        )
        rig.start()

    async def on_stream_online(self, stream: StreamStarted) -> Result[None, StorageFailed]:
        self.asked.append(stream)
        return self.lifecycle_answer

    async def on_stream_offline(self, at: Instant) -> Result[None, StorageFailed]:
        self.asked.append(at)
        return self.lifecycle_answer

    def get_stream_state(self) -> StreamState:
        return self.state

    def use_of(self, reward_id: str) -> RewardUse | None:
        return USES.get(reward_id)

    async def tell(self, redemption_id: str, verdict: Verdict) -> Result[None, str]:
        self.settled.append((redemption_id, verdict))
        return self.tell_answer

    async def came_fulfilled(self, reward_id: str) -> None:
        self.fulfilled.append(reward_id)

    def heard(self, message: ChatMessage) -> None:
        self.heard_lines.append(message.chat_id)

    async def is_own(self, message: ChatMessage) -> bool:
        return message.chat_id in self.own

    async def _answer(self, message: ChatMessage, received_at: Instant) -> Result[None, str]:
        self.answered.append((message.chat_id, received_at))
        return Ok(None)


@pytest_asyncio.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    rig = Rig(tmp_path / "companion.db", clock)
    yield Desk(rig)
    await rig.close()


async def test_a_song_redemption_starts_its_saga(desk: Desk) -> None:
    with desk.rig.transactions.begin() as tx:
        desk.viewers.see_in(tx, ANN, START - timedelta(hours=1), "vip")
    desk.inbox.take([RedemptionAdded("m1", START, redemption()), RedemptionAdded("m2", START, redemption())])
    params = SongRequestParams("reward", ANN, "vip", "harbour lights", START, Points("reward-song", "r1"))
    assert desk.sagas.started == {"r1": (SONG_REQUEST, params)}


async def test_a_roll_starts_its_saga(desk: Desk) -> None:
    desk.inbox.take([RedemptionAdded("m1", START, redemption("reward-roll"))])
    assert desk.sagas.started == {"r1": (RAFFLE, RaffleParams(ANN, START, Points("reward-roll", "r1")))}


async def test_one_that_arrives_fulfilled_promises_no_refund(desk: Desk) -> None:
    desk.inbox.take([RedemptionAdded("m1", START, redemption(status="fulfilled"))])
    _, params = desk.sagas.started["r1"]
    assert isinstance(params, SongRequestParams)
    assert params.points == Points("reward-song", "r1", settled_already=True)


async def test_the_reward_of_one_that_arrives_fulfilled_is_looked_after(desk: Desk) -> None:
    desk.inbox.take(
        [
            RedemptionAdded("m1", START, redemption()),
            RedemptionAdded("m2", START, redemption("hydrate", id="r2", status="fulfilled")),
            RedemptionAdded("m3", START, redemption("reward-roll", id="r3", status="fulfilled")),
        ]
    )
    await settle()
    assert desk.fulfilled == ["reward-roll"]


async def test_somebody_elses_reward_starts_nothing(desk: Desk) -> None:
    desk.inbox.take([RedemptionAdded("m1", START, redemption("hydrate"))])
    assert desk.sagas.started == {}


async def test_whatever_hangs_on_a_redemption_of_ours_is_told_how_it_was_settled(desk: Desk) -> None:
    desk.inbox.take(
        [
            RedemptionUpdated("m1", START, redemption(status="canceled")),
            RedemptionUpdated("m2", START, redemption(id="r2", status="fulfilled")),
            RedemptionUpdated("m3", START, redemption("hydrate", id="r3", status="canceled")),
        ]
    )
    await settle()
    assert desk.settled == [("r1", "canceled"), ("r2", "fulfilled")]


async def test_what_could_not_follow_a_settlement_is_told_again(desk: Desk) -> None:
    desk.tell_answer = Err("disk full")
    desk.inbox.take([RedemptionUpdated("m1", START, redemption(status="canceled"))])
    await settle()
    desk.tell_answer = Ok(None)
    await desk.rig.pass_time(3)
    assert desk.settled == [("r1", "canceled")] * 2


async def test_stream_notifications_keep_twitchs_times(desk: Desk) -> None:
    later = START + timedelta(seconds=9)
    desk.inbox.take([StreamOnline("m1", later, "A", START), StreamOffline("m2", later)])
    await settle()
    assert desk.asked == [StreamStarted("A", START, later), later]


async def test_a_lifecycle_that_cannot_store_is_asked_again(desk: Desk) -> None:
    desk.lifecycle_answer = Err(StorageFailed("full"))
    desk.inbox.take([StreamOffline("m1", START)])
    await settle()
    desk.lifecycle_answer = Ok(None)
    await desk.rig.pass_time(3)
    assert desk.asked == [START, START]


async def test_chat_is_counted_and_commands_are_answered(desk: Desk) -> None:
    desk.inbox.take([a_message("hello", chat_id="c1"), a_message("!song", chat_id="c2", role="moderator")])
    await settle()
    assert [event.kind for event in desk.told] == ["chat_message", "chat_message"]
    assert desk.answered == [("c2", START)]
    assert desk.viewers.role_of(ANN.user_id) == "moderator"
    assert desk.heard_lines == ["c1", "c2"]


async def test_own_lines_are_no_commands_and_not_counted(desk: Desk) -> None:
    desk.own = {"c1"}
    desk.inbox.take(
        [
            a_message("!song tells what plays", chat_id="c1", viewer=STREAMER, role="broadcaster"),
            a_message("!skip", chat_id="c2", viewer=STREAMER, role="broadcaster"),
            a_message("hello all", chat_id="c3", viewer=STREAMER, role="broadcaster"),
        ]
    )
    await settle()
    assert desk.own_seen == ["c1"]
    assert [chat_id for chat_id, _ in desk.answered] == ["c2"]
    assert len(desk.told) == 2


async def test_another_channels_message_is_nothing(desk: Desk) -> None:
    desk.inbox.take([a_message("!song", from_other_channel=True)])
    await settle()
    assert (desk.told, desk.answered, desk.heard_lines) == ([], [], [])


async def test_alerts_become_events(desk: Desk) -> None:
    desk.inbox.take([Followed("m1", START, ANN)])
    assert [event.kind for event in desk.told] == ["follow"]


async def test_lanes_keep_one_persons_order(desk: Desk) -> None:
    lanes = {desk.intake.lane(a_message("!a", chat_id=c)) for c in ("c1", "c2")}
    assert len(lanes) == 1
    assert desk.intake.lane(a_message("!a", viewer=STREAMER)) not in lanes


async def test_a_message_out_of_a_live_session_names_it(desk: Desk) -> None:
    desk.state = replace(offline_stream(), is_live=True, session_id="s9", ended_at=None)
    desk.inbox.take([a_message("hello")])
    assert getattr(desk.told[0], "session_id", None) == "s9"


@pytest.mark.parametrize("status", ["unfulfilled", "unknown"])
async def test_an_update_that_settles_nothing_is_nothing(desk: Desk, status: str) -> None:
    desk.inbox.take([RedemptionUpdated("m1", START, redemption(status=status))])
    await settle()
    assert desk.settled == []
