"""A raid: thanked once, shouted out when Twitch's limits allow it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.instant import Instant
from companion.kernel.result import Ok, Result
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain, SayError
from companion.ports.failures import Forbidden, NetworkDown, RateLimited
from companion.ports.raids import RaidSettings, ShoutLater, ShoutNever, ShoutNow, ShoutPlan
from companion.ports.saga_params import RaidParams
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer
from companion.runtime.saga.definition import Done, Failed, Retry, Unknown, Waiting
from companion.sagas.raid_shoutout import GIVE, SKIP, TOO_FEW, RaidShoutout
from tests.fakes.chat import FakeShoutouts, FakeVoice
from tests.fakes.clock import START, FakeClock
from tests.fakes.sagas import StepRunner

BOB = Viewer("3", "bob", "Bob")


class NoTransaction:
    def after_commit(self, callback: object) -> None:
        raise AssertionError("nothing is written here")


class FakeRaids:
    """`RaidsPort` with the next plan decided by the test."""

    def __init__(self) -> None:
        self.settings = RaidSettings()
        self.plan: ShoutPlan = ShoutNow()
        self.given_back: list[str] = []

    def get_settings(self) -> RaidSettings:
        return self.settings

    async def set_settings(self, settings: RaidSettings) -> Result[RaidSettings, object]:
        self.settings = settings
        return Ok(settings)

    def plan_in(self, tx: Transaction, run_id: str, channel_id: str, *, arrived_at: Instant) -> ShoutPlan:
        assert (channel_id, arrived_at) == (BOB.user_id, START)
        return self.plan

    async def give_back(self, run_id: str) -> Result[None, object]:
        self.given_back.append(run_id)
        return Ok(None)


class Desk:
    def __init__(self, clock: FakeClock, viewers: int = 42) -> None:
        self.voice = FakeVoice(clock)
        self.shoutouts = FakeShoutouts(clock)
        self.raids = FakeRaids()
        saga = RaidShoutout(voice=self.voice, shoutouts=self.shoutouts, raids=self.raids)  # type: ignore[arg-type]  # its errors are wider
        self.run = StepRunner(saga.definition(), RaidParams(BOB, viewers, START))
        self.summary = saga.definition().summary(RaidParams(BOB, viewers, START))
        self.tx: Transaction = NoTransaction()


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock)


async def test_thanked_and_shouted_out(desk: Desk) -> None:
    assert await desk.run.act("thank") == Done("said")
    assert desk.voice.said == ["Bob, thank you for the raid with 42 viewers! 💜"]
    assert desk.run.check(desk.tx, "wait for turn") == Done(GIVE)
    assert await desk.run.act("shout out") == Done(GIVE)
    assert desk.shoutouts.given == [BOB.user_id]
    assert desk.summary == "Bob raided with 42 viewers"


async def test_one_viewer_is_not_viewers(clock: FakeClock) -> None:
    desk = Desk(clock, viewers=1)
    await desk.run.act("thank")
    assert "with 1 viewer!" in desk.voice.said[0]


async def test_too_few_for_the_setting(desk: Desk) -> None:
    desk.raids.settings = RaidSettings(minimum=43)
    assert await desk.run.act("thank") == Done(TOO_FEW)
    assert desk.run.check(desk.tx, "wait for turn") == Done(SKIP)
    assert await desk.run.act("shout out") == Done(SKIP)
    assert desk.voice.said == [] and desk.shoutouts.given == []


async def test_waits_for_its_turn_or_goes_without(desk: Desk) -> None:
    later = START + timedelta(minutes=2)
    desk.raids.plan = ShoutLater(later)
    assert desk.run.check(desk.tx, "wait for turn") == Waiting(later)
    desk.raids.plan = ShoutNever("not live")
    assert desk.run.check(desk.tx, "wait for turn") == Done(SKIP)


async def test_what_twitch_says_to_a_shoutout(desk: Desk) -> None:
    desk.run.check(desk.tx, "wait for turn")
    later = START + timedelta(minutes=1)
    desk.shoutouts.errors.extend([RateLimited(later), NetworkDown("x"), Forbidden("x")])
    assert await desk.run.act("shout out") == Retry("RateLimited", not_before=later)
    assert isinstance(await desk.run.act("shout out"), Unknown)
    assert desk.raids.given_back == []  # it may have been given, or another one was
    assert isinstance(await desk.run.act("shout out"), Failed)
    assert len(desk.raids.given_back) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ChatUncertain(), Unknown),
        (ChatBusy(START), Retry),
        (ChatDropped("no"), Failed),
        (ChatOff("off"), Failed),
        (ChatRefused(Forbidden("banned")), Failed),
    ],
)
async def test_a_line_that_was_not_said(desk: Desk, error: SayError, kind: type[object]) -> None:
    desk.voice.errors.append(error)
    assert isinstance(await desk.run.act("thank"), kind)
