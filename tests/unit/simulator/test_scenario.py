from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from companion.simulator.scenario import next_viewers
from companion.simulator.testing import running_simulator
from tests.unit.simulator.helpers import STREAMER, Asker


async def test_demo_is_alive_at_once() -> None:
    async with running_simulator(scenario="demo") as sim, ClientSession() as session:
        asker = Asker(session, sim)
        _, streams = await asker.helix("GET", f"/streams?user_id={STREAMER}", sim.login_twitch())
        assert 60 <= streams["data"][0]["viewer_count"] <= 240
        stream = sim.stage.live()
        assert stream is not None
        assert 41 * 60 < (sim.world.now() - stream.started_at).total_seconds() < 43 * 60
        playing = sim.player.now()
        assert playing.is_playing
        assert 0 < playing.progress_ms < playing.duration_ms


async def test_restarted_demo_goes_on_with_its_stream(tmp_path: Path) -> None:
    async with running_simulator(tmp_path, scenario="demo") as sim:
        first = sim.stage.live()
    async with running_simulator(tmp_path, scenario="demo") as sim:
        assert sim.stage.live() == first


async def test_none_moves_nothing() -> None:
    async with running_simulator() as sim:
        assert sim.stage.live() is None
        assert sim.player.now().kind == "nothing"


@given(count=st.integers(0, 5000), minutes=st.floats(0, 10_000), seed=st.integers(0, 999))
def test_viewers_stay_in_bounds(count: int, minutes: float, seed: int) -> None:
    assert 60 <= next_viewers(count, minutes, Random(seed)) <= 240


def test_viewers_wander_slowly_and_far() -> None:
    random, count, counts = Random(4), 118, [118]
    for tick in range(900):
        count = next_viewers(count, tick * 5 / 60, random)
        counts.append(count)
    steps = [abs(after - before) for before, after in pairwise(counts)]
    assert max(steps) <= 25
    assert sum(steps) / len(steps) < 6
    assert sum(step > 0 for step in steps) > len(steps) / 2
    assert max(counts) - min(counts) > 60
