"""One refresh for everybody, and what a cached token costs.

The callers ask the composed application; the provider is the simulator on the same loop, whose counter of refresh
requests is read; the state is in SQLite on this disk, the secrets are in memory.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from companion.bootstrap.graph import Graph
from companion.kernel.instant import Clock, SystemClock
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.token.rules import SAFETY
from companion.ports.failures import TokenError
from companion.ports.tokens import AccessToken
from companion.simulator.testing import RunningSimulator, running_simulator
from tests.benchmarks.application import composed, sign_in
from tests.benchmarks.sampling import median, quartiles, ratios
from tests.benchmarks.table import Row
from tests.fakes.clock import FakeClock

CALLERS = 10_000
WAVES = 100


@dataclass(frozen=True, slots=True)
class Refreshes:
    """What the provider saw, and what the callers got. `early` asked before the refresh had ended."""

    requests: int
    tokens: int
    early: int
    late: int


@asynccontextmanager
async def _signed_in(clock: Clock) -> AsyncIterator[tuple[Graph, RunningSimulator]]:
    with tempfile.TemporaryDirectory(prefix="companion-bench-") as folder:
        async with (
            running_simulator(Path(folder) / "simulator", clock=clock) as simulator,
            composed(Path(folder) / "data", clock, simulator.base_url) as graph,
        ):
            await sign_in(graph, simulator, clock)
            yield graph, simulator


async def at_expiry(callers: int = CALLERS) -> Refreshes:
    """All callers at once, at the moment from which the token is not handed out any more."""
    clock = FakeClock()
    async with _signed_in(clock) as (graph, simulator):
        twitch = graph.logins.twitch
        expires_at = twitch.status().expires_at
        if expires_at is None:
            raise AssertionError("the login does not say when it expires")
        clock.advance(expires_at - SAFETY - clock.now())
        before = simulator.count("twitch.refresh")
        answers = await asyncio.gather(*(twitch.get_valid_token() for _ in range(callers)))
        return Refreshes(simulator.count("twitch.refresh") - before, _different(answers), callers, 0)


async def late_rejections(callers: int = CALLERS) -> Refreshes:
    """Callers that learn one after the other that their token was refused: some long after the refresh."""
    async with _signed_in(SystemClock()) as (graph, simulator):
        twitch = graph.logins.twitch
        refused = expect_ok(await twitch.get_valid_token())
        before = simulator.count("twitch.refresh")
        calls: list[asyncio.Task[Result[AccessToken, TokenError]]] = []
        early = 0
        for _ in range(WAVES):
            done = simulator.count("twitch.refresh_ok") > 0 and not twitch.status().refreshing
            early += 0 if done else callers // WAVES
            calls += [asyncio.create_task(twitch.get_valid_token(rejected=refused)) for _ in range(callers // WAVES)]
            await asyncio.sleep(0.001)
        answers = await asyncio.gather(*calls)
        if any(isinstance(answer, Ok) and answer.value == refused for answer in answers):
            raise AssertionError("a caller got the refused token back")
        return Refreshes(simulator.count("twitch.refresh") - before, _different(answers), early, len(answers) - early)


def _different(answers: list[Result[AccessToken, TokenError]]) -> int:
    """How many different tokens were handed out. Raises when a caller got none."""
    refused = next((answer.error for answer in answers if isinstance(answer, Err)), None)
    if refused is not None:
        raise AssertionError(f"a caller got no token: {refused!r}")
    return len({answer.value.value.reveal() for answer in answers if isinstance(answer, Ok)})


async def _cached(rounds: int, calls: int) -> tuple[list[float], list[float]]:
    """Seconds a call, round by round: ours, and a bare coroutine that wraps a constant in `Ok`."""
    async with _signed_in(SystemClock()) as (graph, _):
        constant = expect_ok(await graph.logins.twitch.get_valid_token())

        async def floor() -> Result[AccessToken, TokenError]:
            return Ok(constant)

        ours: list[float] = []
        theirs: list[float] = []
        for number in range(rounds + 1):
            our, their = await _time(graph.logins.twitch.get_valid_token, calls), await _time(floor, calls)
            if number:  # the first round warms up
                ours.append(our)
                theirs.append(their)
        return ours, theirs


async def _time(call: Callable[[], Awaitable[object]], calls: int) -> float:
    began = time.perf_counter()
    for _ in range(calls):
        await call()
    return (time.perf_counter() - began) / calls


def measure(*, quick: bool) -> list[Row]:
    """Rows for the table; the ratios of the counts are the counts."""
    ours, theirs = asyncio.run(_cached(3 if quick else 15, 2_000 if quick else 50_000))
    found = ratios(ours, theirs)
    expired, rejected = asyncio.run(at_expiry()), asyncio.run(late_rejections())
    return [
        Row(
            "get_valid_token, cached",
            f"{1 / median(ours):,.0f} a second",
            f"{1 / median(theirs):,.0f} a second: a bare coroutine",
            median(found),
            quartiles(found),
        ),
        _counted(f"{CALLERS:,} callers at expiry", expired),
        _counted(f"{CALLERS:,} late 401s ({rejected.early:,} before its end, {rejected.late:,} after)", rejected),
    ]


def _counted(what: str, seen: Refreshes) -> Row:
    return Row(
        what, f"{seen.requests} refresh, {seen.tokens} token", "1 refresh", float(seen.requests), aim=1, must=True
    )
