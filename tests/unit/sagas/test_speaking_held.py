"""Lines that were about to leave when everything was put on hold: said after the release, each once."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from companion.chat.voice import Voice
from companion.kernel.result import expect_ok
from companion.ports.chat import ChatOff
from companion.ports.saga_params import RAID, RaidParams
from companion.sagas.raid_shoutout import RaidShoutout
from tests.fakes.chat import FakeChat, FakeShoutouts
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import ClockTimer, Rigs, settle
from tests.fakes.sagas import saga_host
from tests.unit.objects.song_queue.stage import Stage
from tests.unit.sagas.table import Table
from tests.unit.sagas.test_raid_shoutout import BOB, FakeRaids

LOGGER = logging.getLogger("companion.test")
THANKS = "Bob, thank you for the raid with 42 viewers! 💜"
HELD = ChatOff("Everything is on hold.", held=True)


class Evening:
    """Raids thanked by the real voice; the chat outlasts the process, and so does the hold."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.chat = FakeChat(clock)
        self.rigs = Rigs(folder / "companion.db", clock)
        self.make(held=False)

    def make(self, *, held: bool) -> None:
        self.rig = self.rigs()
        self.voice = Voice(
            api=self.chat,
            privileged=lambda: True,
            why_silent=lambda: None,
            supervisor=self.rig.supervisor,
            timer=ClockTimer(self.clock),
            clock=self.clock,
            logger=LOGGER,
        )
        self.host = saga_host(self.rig)
        saga = RaidShoutout(voice=self.voice, shoutouts=FakeShoutouts(self.clock), raids=FakeRaids())  # type: ignore[arg-type]  # its errors are wider
        self.host.register(saga.definition())
        self.hold(held=held)
        self.rig.start()
        self.host.start()

    def hold(self, *, held: bool) -> None:
        self.voice.set_held(held)
        self.host.set_held(held)

    async def restart(self) -> None:
        await self.rig.crash()
        self.make(held=True)
        await settle()

    async def say_something(self) -> None:
        """A line whose answer takes its time: what comes next waits behind it."""
        self.chat.may_answer.clear()
        self.rig.supervisor.spawn(self.voice.say("Hello"), name="somebody speaks")
        await settle()

    async def raid(self) -> None:
        with self.rig.transactions.begin() as tx:
            expect_ok(self.host.start_in(tx, RAID, "raid-1", RaidParams(BOB, 42, START)))
        await settle()

    @property
    def lines(self) -> list[str]:
        return [line.text for line in self.chat.lines]


@pytest_asyncio.fixture
async def evening(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Evening]:
    evening = Evening(tmp_path, clock)
    yield evening
    await evening.host.stop(1.0)
    await evening.voice.stop()
    await evening.rigs.close()


@pytest.mark.parametrize("killed", [False, True])
async def test_a_line_that_waited_when_hold_was_pressed_is_said_after_the_release(
    evening: Evening, killed: bool
) -> None:
    await evening.say_something()
    await evening.raid()
    evening.hold(held=True)
    evening.chat.may_answer.set()
    await settle()
    run = evening.host.get_run("raid-1")
    assert run is not None
    assert (run.status, run.steps[0].state, run.steps[0].attempt) == ("running", "pending", 0)
    assert run.steps[0].last_error == "everything is on hold"
    if killed:
        await evening.restart()
    await evening.rig.pass_time(3600)
    assert evening.lines == ["Hello"]
    evening.hold(held=False)
    await evening.rig.pass_time(20)
    assert evening.lines == ["Hello", THANKS]
    await evening.rig.pass_time(600)
    assert evening.lines == ["Hello", THANKS]
    run = evening.host.get_run("raid-1")
    assert run is not None
    assert run.status == "completed"


async def test_the_confirmation_and_the_refund_line_are_said(stage: Stage) -> None:
    stage.voice.errors.extend([HELD, HELD])
    await stage.redeem(1)
    await stage.redeem("no such words")
    assert stage.voice.said == []
    await stage.pass_time(60)
    confirmation, refund = stage.voice.said
    assert confirmation.startswith("Ann, “Song 1”")
    assert refund == "Ann: Nothing like that was found on Spotify. Your points are back."


async def test_the_line_of_a_roll_is_said_with_its_proof(table: Table) -> None:
    await table.begin()
    table.voice.errors.append(HELD)
    await table.redeem()
    assert table.answers == []
    await table.rig.pass_time(60)
    (roll,) = table.rolls
    (line,) = table.answers
    assert line.endswith(f"(#{roll.entry} {roll.chain[:8]})")
