"""Inside a Companion process of a crash test: how its stories sign in, steer the simulator and wait."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from companion.bootstrap.foundation import Surroundings
from companion.bootstrap.graph import Graph
from companion.bootstrap.lifecycle import Process
from companion.bootstrap.options import Run
from companion.kernel.instant import Clock, Instant, SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Ok
from companion.kernel.tasks import TaskSupervisor
from companion.objects.rewards.rules import DEFAULTS
from companion.objects.token.object import TokenObject
from companion.ports.tokens import Provider, TokenStatus
from companion.ports.vault import Vault
from companion.services.demo.logins import DemoLogins

PATIENCE = 30.0
BUDGET_PATIENCE = 90.0
"""Many starts in a minute use up the calls that Twitch allows in one: what then has to be asked waits for the next."""


def opened_file(folder: Path, name: str) -> Path:
    """The file that says that a story is open."""
    return folder / f"{name}.open"


class LaterClock(SystemClock):
    """So much later by the wall's clock."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> Instant:
        return super().now() + self._by


class MortalProcess(Process):
    """Companion as it is, but with a vault, and perhaps a clock, of the test's choice."""

    def __init__(self, *, run: Run, scrubber: Scrubber, vault: Vault, opened: Path, clock: Clock | None = None) -> None:
        super().__init__(run=run, scrubber=scrubber, window=False, child=None)
        self.opened = opened
        """A file that a story makes when it is open, for who waits for that."""
        self._given = vault
        self._given_clock = clock

    def _around(self, supervisor: TaskSupervisor) -> Surroundings:
        around = replace(super()._around(supervisor), vault=self._given)
        return around if self._given_clock is None else replace(around, clock=self._given_clock)

    @property
    def graph(self) -> Graph | None:
        return getattr(self, "_graph", None)


@asynccontextmanager
async def running(process: MortalProcess) -> AsyncIterator[Graph]:
    """Companion's objects, once it has started; it is asked to quit afterwards."""
    companion = asyncio.ensure_future(process.main())
    try:
        await until(lambda: companion.done() or _started(process.graph), "Companion has started")
        graph = process.graph
        assert graph is not None and not companion.done(), "Companion did not start"
        yield graph
    finally:
        process.request_quit()
        code = await companion
    assert code == 0, f"Companion ended with {code}"


def _started(graph: Graph | None) -> bool:
    return graph is not None and not graph.application.snapshot().starting


class Backstage:
    """What every story needs."""

    def __init__(self, graph: Graph, simulator: str) -> None:
        self.graph = graph
        database = graph.foundation.transactions._engine.url.database
        assert database is not None
        self.data = Path(database).parent
        self._simulator = simulator

    async def sign_in_where_needed(self) -> dict[Provider, str | None]:
        """Sign in wherever there is no login; the reasons of those that had been there and were lost."""
        lost: dict[Provider, str | None] = {}
        for login in (self.graph.logins.twitch, self.graph.logins.spotify):
            status = await self._settled(login)
            if status.phase == "authorized":
                continue
            if status.phase != "not_configured":
                lost[login.provider] = status.reason
            await self._sign_in(login)
        await until(lambda: self.graph.ears.eventsub.status().phase == "connected", "EventSub listens")
        return lost

    async def open_rewards(self) -> None:
        """Have both rewards made at Twitch, as far as that was not wished before."""
        rewards = self.graph.evening.objects.rewards
        for each in rewards.view().rewards:
            if not each.switched_on:
                await rewards.configure(each.use, DEFAULTS[each.use], switched_on=True)
        made = "both rewards are made"
        await until(lambda: all(each.reward is not None for each in rewards.view().rewards), made, BUDGET_PATIENCE)

    def is_raffle_open(self) -> bool:
        """The stream is live, its raffle has begun, and both rewards can be redeemed."""
        objects = self.graph.evening.objects
        epoch = objects.raffle.view().epoch
        rewards = [each.reward for each in objects.rewards.view().rewards]
        redeemable = all(reward is not None and not reward.is_paused for reward in rewards)
        live = self.graph.stream.lifecycle.get_is_live()
        return live and redeemable and epoch is not None and epoch.state == "open"

    def is_revealed(self) -> bool:
        """The newest epoch's seed is public."""
        epoch = self.graph.evening.objects.raffle.view().epoch
        return epoch is not None and epoch.state == "revealed"

    async def world(self) -> dict[str, Any]:
        """The simulator's world."""
        found: dict[str, Any] = await self._ask("GET", "state")
        return found

    async def stream_at_twitch(self) -> str | None:
        """`live` or `over`; None: there was no stream yet."""
        stream = (await self.world())["twitch"]["stream"]
        if stream is None:
            return None
        return "live" if stream["ended_at"] is None else "over"

    async def ledger(self, *kinds: str, **fields: str) -> list[dict[str, Any]]:
        """What happened, oldest first."""
        query = "&".join([*(f"kind={kind}" for kind in kinds), *(f"{key}={value}" for key, value in fields.items())])
        found: list[dict[str, Any]] = await self._ask("GET", f"ledger?{query}")
        return found

    async def steer(self, path: str, **body: object) -> Any:  # noqa: ANN401 - whatever that call answers
        """Move the world."""
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        answer = await self.graph.foundation.http.send(method, f"{self._simulator}/sim/{path}", json=body)
        assert isinstance(answer, Ok) and answer.value.status == 200, answer
        return json.loads(answer.value.body)

    async def _settled(self, login: TokenObject) -> TokenStatus:
        """The login's state once the provider has been asked, if there is anything to ask."""
        if login.status().phase == "authorized":
            await login.get_valid_token()
        return login.status()

    async def _sign_in(self, login: TokenObject) -> None:
        graph = self.graph
        logins = DemoLogins(http=graph.foundation.http, base_url=self._simulator, clock=SystemClock())
        signed_in = await logins.sign_in(login.provider, graph.logins.scopes[login.provider])
        assert isinstance(signed_in, Ok), signed_in
        taken = await login.set_tokens(signed_in.value, confirm_account=True)
        assert isinstance(taken, Ok), taken


async def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait for it. Raises `TimeoutError`."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        await asyncio.sleep(0.005)


async def until_true(look: Callable[[], Awaitable[bool]], what: Callable[[], str], patience: float = 60.0) -> None:
    """Wait until `look` says yes; what it does in between is its own matter. Raises `TimeoutError`."""
    end = time.monotonic() + patience
    while not await look():
        if time.monotonic() > end:
            raise TimeoutError(what())
