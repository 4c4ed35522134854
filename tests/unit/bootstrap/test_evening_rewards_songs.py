"""The song reward on the whole graph: nobody pays for a song while none can be taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from companion.kernel.instant import Instant, SystemClock
from companion.kernel.result import Ok, expect_ok
from companion.objects.rewards.rules import DEFAULTS
from companion.simulator.points import Wish
from companion.simulator.testing import RunningSimulator
from tests.fakes.song_rules import everywhere
from tests.helpers.waiting import until
from tests.unit.bootstrap.rewards import ANN, at_twitch, make_rewards
from tests.unit.bootstrap.rig import Rig, running


class LaterClock(SystemClock):
    """The real time, and as much more as a test does not want to wait."""

    ahead = timedelta()

    def now(self) -> Instant:
        return super().now() + self.ahead


@pytest.fixture
def later() -> LaterClock:
    return LaterClock()


@pytest_asyncio.fixture
async def rig(tmp_path: Path, simulator: RunningSimulator, later: LaterClock) -> AsyncIterator[Rig]:
    """Signed in to both, live, both rewards made and open."""
    async with running(tmp_path, simulator=simulator.base_url, clock=later) as rig:
        rig.graph.application.set_started()
        await rig.sign_in("twitch")
        await rig.sign_in("spotify")
        await make_rewards(rig, pause_when_unable=True)
        await simulator.go_online()
        await paused(simulator, song=False, when="live")
        yield rig


async def paused(simulator: RunningSimulator, *, song: bool, when: str) -> None:
    """The raffle goes on all the time: it needs no Spotify."""
    wanted = {"song_request": song, "raffle": False}
    await until(lambda: {use: at_twitch(simulator, use).is_paused for use in DEFAULTS} == wanted, what=when)


async def test_paused_while_the_queue_is_full(rig: Rig, simulator: RunningSimulator) -> None:
    songs = rig.graph.evening.objects.songs
    short = everywhere(songs.get_settings(), "reward", queue_cap=1)
    expect_ok(await songs.set_settings(replace(short, needs_approval=True)))
    bought = await simulator.channel.points.redeem(at_twitch(simulator, "song_request"), Wish(ANN, "Tides of Copper"))
    await until(lambda: songs.get_queue().total == 1, what="it is in the queue")
    await paused(simulator, song=True, when="the queue is full")
    expect_ok(await songs.remove(bought.id, by="the test"))
    await paused(simulator, song=False, when="there is room again")


async def test_paused_while_spotify_is_signed_out(rig: Rig, simulator: RunningSimulator) -> None:
    assert await rig.graph.logins.spotify.sign_out() == Ok(None)
    await paused(simulator, song=True, when="signed out")
    await rig.sign_in("spotify")
    await paused(simulator, song=False, when="signed in again")


async def test_paused_once_spotify_has_been_away_for_a_minute(
    rig: Rig, simulator: RunningSimulator, later: LaterClock
) -> None:
    """Each pause and resumption is told to Twitch: a short absence is none."""
    playback = rig.graph.stream.playback
    await simulator.fault("server_error", provider="spotify", times=1000)
    await playback.refresh()
    assert playback.get_state().problem_since is not None
    later.ahead = timedelta(seconds=55)
    await playback.refresh()
    await rig.graph.evening.objects.rewards.synchronise()
    await paused(simulator, song=False, when="away for less than a minute")
    later.ahead = timedelta(seconds=62)
    await playback.refresh()
    await paused(simulator, song=True, when="away for a minute")
    simulator.clear_faults()
    await playback.refresh()
    await paused(simulator, song=False, when="Spotify is back")
