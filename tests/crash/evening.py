"""One evening from sign-in to quit, told inside a Companion process; begun again, it goes on where it was cut off."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from companion.bootstrap.compose import Graph
from companion.bootstrap.foundation import Surroundings
from companion.bootstrap.lifecycle import Process
from companion.bootstrap.options import Run
from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.objects.token.object import TokenObject
from companion.ports.tokens import Provider, TokenStatus
from companion.ports.vault import Vault
from companion.services.demo.logins import DemoLogins

STREAM = "41000077"
PATIENCE = 30.0


class MortalProcess(Process):
    """Companion as it is, but with a vault of the test's choice."""

    def __init__(self, *, run: Run, scrubber: Scrubber, vault: Vault) -> None:
        super().__init__(run=run, scrubber=scrubber, window=False, child=None)
        self._given = vault

    def _around(self, supervisor: TaskSupervisor) -> Surroundings:
        return replace(super()._around(supervisor), vault=self._given)

    @property
    def graph(self) -> Graph | None:
        return getattr(self, "_graph", None)


async def spend_evening(process: MortalProcess, simulator: str) -> dict[str, Any]:
    """Run Companion, tell it the evening, quit. The answer is what stood at the start, and which logins were lost."""
    companion = asyncio.ensure_future(process.main())
    try:
        evening = await _begin(process, companion, simulator)
        found = evening.found()
        lost = await evening.sign_in_where_needed()
        await evening.stream()
        evening.check_quiet()
    finally:
        process.request_quit()
        code = await companion
    return {"found": found, "lost": lost, "code": code}


async def _begin(process: MortalProcess, companion: asyncio.Future[int], simulator: str) -> _Evening:
    await _until(lambda: companion.done() or _started(process.graph), "Companion has started")
    graph = process.graph
    assert graph is not None and not companion.done(), "Companion did not start"
    return _Evening(graph, simulator)


def _started(graph: Graph | None) -> bool:
    return graph is not None and not graph.application.snapshot().starting


class _Evening:
    """The steps. Each looks first whether it has been taken already."""

    def __init__(self, graph: Graph, simulator: str) -> None:
        self._graph = graph
        self._simulator = simulator
        self._lifecycle = graph.stream.lifecycle

    def found(self) -> dict[str, Any]:
        """The stream's state as this process found it, and whether each login has been told of it."""
        logins = (self._graph.logins.twitch, self._graph.logins.spotify)
        is_live = self._lifecycle.get_is_live()
        return {"is_live": is_live, "told": [login._keeper.state.live is is_live for login in logins]}

    async def sign_in_where_needed(self) -> dict[Provider, str | None]:
        """Sign in wherever there is no login; the reasons of those that had been there and were lost."""
        lost: dict[Provider, str | None] = {}
        for login in (self._graph.logins.twitch, self._graph.logins.spotify):
            status = await self._settled(login)
            if status.phase == "authorized":
                continue
            if status.phase != "not_configured":
                lost[login.provider] = status.reason
            await self._sign_in(login)
        await _until(lambda: self._lamp("eventsub") == "good", "EventSub listens")
        return lost

    async def stream(self) -> None:
        """Go live, be counted twice, have both logins renewed, go offline: as far as it has not happened."""
        if await self._world() is None:
            await self._steer("stream/online", stream_id=STREAM, viewers=61)
        if await self._world() == "live":
            await _until(self._counted, "the stream is live and counted")
            await self._lifecycle.reconcile()
            await self._steer("twitch/expire")
            await self._steer("spotify/expire")
            assert isinstance(await self._lifecycle.reconcile(), Ok)
            await self._graph.stream.playback.refresh()
            await self._steer("stream/offline")
        if self._lifecycle.get_is_live() and not await self._goes_offline(2.0):
            # It was told to the process that was killed. Twitch would be asked five times over five minutes.
            streamer = {"broadcaster_user_id": "900100", "broadcaster_user_login": "lanternharbor"}
            event = {**streamer, "broadcaster_user_name": "LanternHarbor"}
            await self._steer("eventsub/notify", type="stream.offline", event=event)
        assert await self._goes_offline(PATIENCE)

    def check_quiet(self) -> None:
        """Both logins stand at the end."""
        for login in (self._graph.logins.twitch, self._graph.logins.spotify):
            assert login.status().phase == "authorized", login.status()

    async def _settled(self, login: TokenObject) -> TokenStatus:
        """The login's state once the provider has been asked, if there is anything to ask."""
        if login.status().phase == "authorized":
            await login.get_valid_token()
        return login.status()

    async def _sign_in(self, login: TokenObject) -> None:
        graph = self._graph
        logins = DemoLogins(http=graph.foundation.http, base_url=self._simulator, clock=SystemClock())
        signed_in = await logins.sign_in(login.provider, graph.logins.scopes[login.provider])
        assert isinstance(signed_in, Ok), signed_in
        taken = await login.set_tokens(signed_in.value, confirm_account=True)
        assert isinstance(taken, Ok), taken

    def _counted(self) -> bool:
        state = self._lifecycle.get_stream_state()
        return state.is_live and state.viewer_count == 61 and not self._todos()

    async def _goes_offline(self, patience: float) -> bool:
        try:
            await _until(lambda: not self._lifecycle.get_is_live() and not self._todos(), "offline", patience)
        except TimeoutError:
            return False
        return True

    def _todos(self) -> bool:
        """Whether something that a transition left to be done is being done."""
        return self._lifecycle.gate.locked()

    def _lamp(self, name: str) -> str:
        return next(lamp.level for lamp in self._graph.application.snapshot().connections if lamp.name == name)

    async def _world(self) -> str | None:
        answer = await self._graph.foundation.http.send("GET", f"{self._simulator}/sim/state")
        assert isinstance(answer, Ok), answer
        stream = json.loads(answer.value.body)["twitch"]["stream"]
        if stream is None:
            return None
        return "live" if stream["ended_at"] is None else "over"

    async def _steer(self, path: str, **body: object) -> None:
        answer = await self._graph.foundation.http.send("POST", f"{self._simulator}/sim/{path}", json=body)
        assert not isinstance(answer, Err) and answer.value.status == 200, answer


async def _until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        await asyncio.sleep(0.005)
