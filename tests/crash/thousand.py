"""A thousand redemptions, two hundred SIGKILLs at random instants, faults left on: `python -m tests.crash.thousand`.

Viewers redeem at their own pace, whether Companion lives or not. Answers are lost after the effect, servers fail,
notifications are lost, doubled and repeated, EventSub drops, and somebody skips songs. The ledger is the judge.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from companion.objects.rewards.rules import DEFAULTS
from companion.simulator.catalogue import LIBRARY
from tests.crash import graveyard, judge
from tests.crash.graveyard import KILLED, Runner
from tests.crash.loose_ends import found, in_doubt

SONG_REWARD, RAFFLE_REWARD = DEFAULTS["song_request"].title, DEFAULTS["raffle"].title
SONGS = [song for song in LIBRARY if song.seconds > 60]
FAULTS: tuple[dict[str, object], ...] = (
    {"name": "answer_lost", "path": "/twitch/helix/channel_points/custom_rewards/redemptions", "chance": 0.04},
    {"name": "server_error", "path": "/twitch/helix/channel_points", "chance": 0.02},
    {"name": "server_error", "path": "/twitch/helix/channel_points", "chance": 0.02, "when": "after"},
    {"name": "answer_lost", "path": "/twitch/helix/chat/messages", "chance": 0.03},
    {"name": "request_lost", "path": "/twitch/helix/chat/messages", "chance": 0.02},
    {"name": "chat_drop", "chance": 0.02},
    {"name": "answer_lost", "path": "/spotify/v1/me/player/queue", "method": "POST", "chance": 0.03},
    {"name": "request_lost", "path": "/spotify/v1/me/player/queue", "method": "POST", "chance": 0.02},
    {"name": "server_error", "path": "/spotify/v1/me/player/queue", "method": "POST", "chance": 0.02, "when": "after"},
    {"name": "server_error", "path": "/spotify/v1/me/player", "method": "GET", "chance": 0.005},
    {"name": "notification_lost", "chance": 0.04},
    {"name": "notification_doubled", "chance": 0.05},
    {"name": "notification_repeated", "chance": 0.05},
)
KILLED_WHILE_STARTING = 0.15
"""How many are killed at an instant counted from their start; the others, from when they are open."""
LONG_LIVES = 0.05
SKIPS = 0.1
"""How many of the deaths somebody uses to skip songs, of which Companion then hears nothing."""
SKIPS_IN_DOUBT = 0.05
"""How many of those when it is not known whether Spotify has taken a song: that is a matter of seconds."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to happen."""

    redemptions: int
    kills: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What came of it. `needs_you` is what the streamer had to decide, in words."""

    redemptions: int
    songs: int
    kills: int
    fulfilled: int
    refunded: int
    lost: int
    settled_twice: int
    problems: Sequence[str]
    needs_you: Sequence[str]
    needs_you_of: Sequence[str]
    rolls: int
    faults: dict[str, int]
    seconds: float


async def go_through(plan: Plan, folder: Path) -> Figures:
    """Carry the plan out in `folder`."""
    begun = time.monotonic()
    async with graveyard.runner(folder / "runner") as runner:
        crowd = _Crowd(runner, plan)
        await crowd.open(folder / "night")
        await crowd.live_and_die(folder / "night")
        runner.simulator.delete("/sim/faults")
        counters = runner.simulator.get("/sim/counters")
        told = await crowd.end(folder / "night")
        return _figures(crowd, told, counters, folder / "night", time.monotonic() - begun)


class _Crowd:
    """Viewers who redeem, and whoever pulls the plug."""

    def __init__(self, runner: Runner, plan: Plan) -> None:
        self.runner = runner
        self.plan = plan
        self.random = Random(plan.seed)
        self.made = 0
        self.kills = 0
        self._newest: deque[str] = deque(maxlen=8)

    async def open(self, folder: Path) -> None:
        """A first shift that makes rewards and goes live, killed like the others."""
        code = await self.runner.live("shift", folder, "shift-000", kill_after=0.5, once_open=True)
        self._check(code, folder, "shift-000")
        for number, fault in enumerate(FAULTS):
            self.runner.simulator.post("/sim/faults", seed=self.plan.seed * 100 + number, **fault)

    async def live_and_die(self, folder: Path) -> None:
        """All shifts but the last."""
        per_shift = self.plan.redemptions / self.plan.kills
        for number in range(1, self.plan.kills + 1):
            name = f"shift-{number:03}"
            length, once_open = self._length(), self.random.random() > KILLED_WHILE_STARTING
            fate = {"kill_after": length if once_open else length / 3, "once_open": once_open}
            shift = asyncio.ensure_future(self.runner.live("shift", folder, name, patience=240.0, **fate))
            await self._redeem(round(per_shift * number) - self.made, length)
            self._check(await shift, folder, name)
            self.kills += 1
            self._skip(folder)

    async def end(self, folder: Path) -> dict[str, Any]:
        """Two last shifts, the second an hour later: what was never seen until then is for the streamer."""
        for name, story, later in (("work-off", "work off", 0.0), ("last", "last shift", 1.1)):
            code = await self.runner.live(story, folder, name, patience=900.0, hours_later=later)
            assert code == 0, graveyard.log(folder, name)[-20000:]
        told: dict[str, Any] = graveyard.told(folder, "last")
        return told

    def _skip(self, folder: Path) -> None:
        wishes, rarely = self.random.random() < SKIPS, self.random.random() < SKIPS_IN_DOUBT
        times = self.random.randint(1, 3)
        if wishes and (rarely or not in_doubt(folder / "data")):
            for _ in range(times):
                self._ask("/sim/spotify/skip")

    def _length(self) -> float:
        """Most lives are short; some are long enough for a look-up's two readings."""
        if self.random.random() < LONG_LIVES:
            return self.random.uniform(6.0, 9.0)
        return self.random.uniform(0.1, 2.0)

    async def _redeem(self, number: int, seconds: float) -> None:
        for _ in range(number):
            await asyncio.sleep(self.random.uniform(0, 2) * seconds / (number + 1))
            login = f"guest{self.made:04}"
            if self.made % 2:
                body: dict[str, object] = {"reward": RAFFLE_REWARD, "text": ""}
            else:
                body = {"reward": SONG_REWARD, "text": self._song()}
            self._ask("/sim/redemptions", viewer={"login": login}, **body)
            self.made += 1
            if self.random.random() < 0.02:
                self._ask("/sim/faults", name=self.random.choice(["socket_dropped", "reconnect"]))

    def _song(self) -> str:
        """Songs come again, but not soon: back to back even a person could not tell two of them apart."""
        uri = self.random.choice([song.uri for song in SONGS if song.uri not in self._newest])
        self._newest.append(uri)
        return uri

    def _ask(self, path: str, **body: object) -> None:
        self.runner.simulator.post(path, **body)

    def _check(self, code: int, folder: Path, name: str) -> None:
        assert code == KILLED, f"{name} ended with {code}\n{graveyard.log(folder, name)}"


def _figures(crowd: _Crowd, told: dict[str, Any], counters: Any, folder: Path, seconds: float) -> Figures:  # noqa: ANN401 - JSON
    ledger = crowd.runner.ledger()
    ends = Counter(
        entry["redemption_id"] for entry in ledger if entry["kind"] in ("redemption_fulfilled", "redemption_canceled")
    )
    made = [entry for entry in ledger if entry["kind"] == "redemption_made"]
    handed = found(
        folder / "data",
        {"": "SELECT uri FROM song_requests WHERE handed_over_at IS NOT NULL"},
    )
    allowed = Counter(row.removeprefix(": ") for row in handed)
    return Figures(
        redemptions=len(made),
        songs=sum(entry["reward"]["title"] == SONG_REWARD for entry in made),
        kills=crowd.kills,
        fulfilled=sum(entry["kind"] == "redemption_fulfilled" for entry in ledger),
        refunded=sum(entry["kind"] == "redemption_canceled" for entry in ledger),
        lost=sum(ends[entry["redemption_id"]] == 0 for entry in made),
        settled_twice=sum(number > 1 for number in ends.values()),
        problems=[
            *judge.settled_once(ledger),
            *judge.said_once(ledger),
            *judge.queued_too_often(ledger, allowed),
            *judge.damage(folder / "data"),
            *(f"left undecided: {run['summary']}: {run['error']}" for run in told["left"]),
            *(f"raffle: {problem}" for problem in told["problems"]),
        ],
        needs_you=[f"{run['summary']}: {run['error']}" for run in told["needs_you"]],
        needs_you_of=[run["id"] for run in told["needs_you"]],
        rolls=told["rolls"],
        faults={name: number for name, number in counters.items() if name.startswith("fault.")},
        seconds=round(seconds, 1),
    )


def main() -> int:
    """Print the figures; 1 when something came out wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.thousand", description=__doc__)
    parser.add_argument("--redemptions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for logs and data (default: a temporary one)")
    options = parser.parse_args()
    plan = Plan(redemptions=options.redemptions, kills=options.kills, seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="companion-thousand-") as temporary:
        figures = asyncio.run(go_through(plan, options.keep or Path(temporary)))
    sys.stdout.write(json.dumps(asdict(figures), indent=2, ensure_ascii=False) + "\n")
    return 1 if figures.problems else 0


if __name__ == "__main__":
    sys.exit(main())
