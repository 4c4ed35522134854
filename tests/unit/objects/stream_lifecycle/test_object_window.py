"""The end of the resume window comes due, perhaps long ago: Helix is asked before the session ends."""

from __future__ import annotations

import pytest

from companion.ports.failures import NetworkDown
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import allow_writes, refuse_writes
from tests.unit.objects.stream_lifecycle.stage import Stage, after

WINDOW = 600.0


async def off_at_one_minute(stage: Stage, clock: FakeClock) -> str | None:
    """The stream broke off, Companion was closed as well; now it is the sixteenth minute. The session's id."""
    await stage.online("A", 0)
    await stage.offline(60)
    session = stage.life.get_stream_state().session_id
    await stage.crash()
    clock.advance(15 * 60)
    return session


async def test_a_stream_that_came_back_while_companion_was_off_continues_its_session(
    stage: Stage, clock: FakeClock
) -> None:
    """Off at 1 min, back at 6 min, Companion started at 16 min: the end is overdue, and Helix knows better."""
    session = await off_at_one_minute(stage, clock)
    stage.twitch.show("B", 7, started_at=after(360))
    stage.make()
    await stage.life.resume()
    await stage.rig.pass_time(1)
    state = stage.life.get_stream_state()
    assert stage.kinds == ["online", "offline", "online"] and state.is_live and state.session_id == session
    await stage.rig.pass_time(WINDOW)
    assert stage.live()


async def test_one_that_came_back_later_opens_another(stage: Stage, clock: FakeClock) -> None:
    await off_at_one_minute(stage, clock)
    stage.twitch.show("B", 7, started_at=after(60 + WINDOW + 1))
    stage.make()
    await stage.rig.pass_time(1)
    assert stage.kinds == ["online", "offline", "session_ended", "online"]


async def test_an_overdue_end_waits_until_helix_can_be_asked(stage: Stage, clock: FakeClock) -> None:
    await off_at_one_minute(stage, clock)
    stage.twitch.show("B", 7, started_at=after(360))
    stage.twitch.error = NetworkDown("no network yet")
    stage.make()
    await stage.rig.pass_time(46)
    assert stage.kinds == ["online", "offline"]
    stage.twitch.error = None
    await stage.rig.pass_time(15)
    assert stage.kinds == ["online", "offline", "online"]


async def test_but_not_for_ever(stage: Stage, clock: FakeClock) -> None:
    await off_at_one_minute(stage, clock)
    stage.twitch.error = NetworkDown("no network")
    stage.make()
    await stage.rig.pass_time(280)
    assert stage.kinds == ["online", "offline"]
    await stage.rig.pass_time(20)
    assert stage.kinds == ["online", "offline", "session_ended"]
    calls = len(stage.twitch.calls)
    await stage.rig.pass_time(600)
    assert len(stage.twitch.calls) == calls


@pytest.mark.expected_logs("storage failed", "tried again later", "has to wait")
async def test_an_end_that_cannot_be_stored_comes_again(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(60)
    refuse_writes(stage.rig)
    await stage.rig.pass_time(WINDOW + 60)
    allow_writes(stage.rig)
    assert stage.kinds == ["online", "offline"]
    await stage.rig.pass_time(61)
    assert stage.kinds == ["online", "offline", "session_ended"]
