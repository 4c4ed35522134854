"""Scenarios: who does what while the simulator runs. Extend a scenario by adding a line to its table."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final, TypeAlias

from companion.kernel.tasks import TaskSupervisor
from companion.simulator import demo_crowd
from companion.simulator.cast import Cast
from companion.simulator.catalogue import SONGS
from companion.simulator.demo_lines import DEMO_SPEED
from companion.simulator.options import ScenarioName

_LOW: Final = 60
_HIGH: Final = 240
_LIVE_FOR: Final = timedelta(minutes=42)
_SONG_LEFT_MS: Final = 20_000


Act: TypeAlias = Callable[[Cast], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Cue:
    """An act and when it comes: once at the start (`every` is None), or again after `every` to 1.5 times that, in s.

    `first`: when a recurring one comes for the first time, in s; `every` to 1.5 times that without it.
    """

    act: Act
    every: float | None = None
    first: float | None = None


async def _be_live(cast: Cast) -> None:
    """The stream has run for a while; a restarted simulator goes on with the one it had."""
    if cast.stage.live() is None:
        await cast.stage.go_online(started_at=cast.world.now() - _LIVE_FOR, viewers=118)


async def _play_songs(cast: Cast) -> None:
    """In mid-song, with little left, so that a change of song comes soon."""
    if cast.player.now().kind == "nothing":
        cast.player.set_speed(DEMO_SPEED)
        cast.player.play(0, cast.player.length_ms(SONGS[0]) - _SONG_LEFT_MS)


async def _drift_viewers(cast: Cast) -> None:
    """A slow pull towards a target that itself wanders, and a little noise on top."""
    stream = cast.stage.live()
    if stream is not None:
        minutes = (cast.world.now() - stream.started_at).total_seconds() / 60
        cast.stage.set_viewers(next_viewers(stream.viewer_count, minutes, cast.world.random))


def next_viewers(count: int, minutes: float, random: Random) -> int:
    """The next count: people come and go by ones and threes, sometimes a group; always 60 to 240."""
    # Two slow triangle waves whose periods share no small multiple give rises and lulls that do not repeat soon.
    target = 150 + 55 * _triangle(minutes / 23) + 25 * _triangle(minutes / 7.3)
    step = 0.06 * (target - count) + random.gauss(0, 2.2)
    if random.random() < 0.04:
        step += random.choice((-1, 1)) * random.uniform(6, 14)
    return min(max(round(count + step), _LOW), _HIGH)


def _triangle(turns: float) -> float:
    part = turns % 1
    return 4 * abs(part - 0.5) - 1


SCENARIOS: Final[dict[ScenarioName, tuple[Cue, ...]]] = {
    "none": (),
    "demo": (
        Cue(_be_live),
        Cue(_play_songs),
        Cue(_drift_viewers, every=4.0),
        Cue(demo_crowd.begin_redeeming, every=1.0),
        Cue(demo_crowd.request_song, every=40.0),
        Cue(demo_crowd.roll, every=30.0, first=25.0),
        Cue(demo_crowd.chatter, every=5.0, first=3.0),
        Cue(demo_crowd.command, every=12.0, first=7.0),
        Cue(demo_crowd.follow, every=45.0, first=9.0),
        Cue(demo_crowd.cheer, every=90.0, first=18.0),
        Cue(demo_crowd.subscribe, every=70.0, first=27.0),
        Cue(demo_crowd.gift, every=160.0, first=36.0),
        Cue(demo_crowd.raid, every=240.0, first=48.0),
    ),
}


async def start_scenario(name: ScenarioName, cast: Cast, tasks: TaskSupervisor) -> None:
    """Play the one-time cues and leave the recurring ones running under `tasks`."""
    for cue in SCENARIOS[name]:
        if cue.every is None:
            await cue.act(cast)
        else:
            tasks.spawn(_repeat(cue, cue.every, cast), name=f"scenario {name}")


async def _repeat(cue: Cue, every: float, cast: Cast) -> None:
    if cue.first is not None:
        await asyncio.sleep(cue.first)
        await cue.act(cast)
    while True:
        await asyncio.sleep(every * cast.world.random.uniform(1, 1.5))
        await cue.act(cast)
