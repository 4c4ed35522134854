"""The real graph on a folder of its own, with a vault in memory and a simulator (or nobody) outside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from companion.bootstrap import stages
from companion.bootstrap.compose import compose
from companion.bootstrap.graph import Graph
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.bootstrap.surroundings import surroundings
from companion.kernel.instant import Clock, SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.timer import Timer
from companion.ports.tokens import Provider
from companion.services.demo.logins import DemoLogins
from companion.services.system.loop_timer import LoopTimer
from tests.fakes.vault import FakeVault

NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Rig:
    """One run."""

    graph: Graph
    run: Run
    supervisor: TaskSupervisor
    vault: FakeVault
    clock: Clock

    async def start(self) -> None:
        assert await stages.start_storage(self.graph, self.run, self.clock) == Ok(None)
        await stages.start_objects(self.graph)
        self.graph.ears.eventsub.start()

    async def sign_in(self, provider: Provider) -> None:
        base = self.run.addresses.image_origins[0]
        logins = DemoLogins(http=self.graph.foundation.http, base_url=base, clock=SystemClock())
        signed_in = await logins.sign_in(provider, self.graph.logins.scopes[provider])
        assert isinstance(signed_in, Ok), signed_in
        token = self.graph.logins.twitch if provider == "twitch" else self.graph.logins.spotify
        assert await token.set_tokens(signed_in.value, confirm_account=True) == Ok(None)

    async def stop(self, hurry: asyncio.Event | None = None, *, keep_session: bool = False) -> None:
        hurry = hurry or asyncio.Event()
        await stages.stop(self.graph, self.run, self.supervisor, hurry=hurry, keep_session=keep_session)


def make(
    folder: Path,
    *,
    simulator: str = NOBODY,
    make_timer: Callable[[], Timer] = LoopTimer,
    clock: Clock | None = None,
) -> Rig:
    """Composed, not started."""
    settings = Settings()
    folder.mkdir(parents=True, exist_ok=True)
    run = Run(settings, Options(headless=True, port=0), addresses(settings, simulator), Paths(folder))
    supervisor = TaskSupervisor(logging.getLogger("companion.tasks"))
    vault = FakeVault()
    around = surroundings(data=folder, supervisor=supervisor, scrubber=Scrubber(), demo=True)
    around = replace(around, vault=vault, make_timer=make_timer, clock=clock or around.clock)
    return Rig(compose(run, around), run, supervisor, vault, around.clock)


@asynccontextmanager
async def running(
    folder: Path,
    *,
    simulator: str = NOBODY,
    make_timer: Callable[[], Timer] = LoopTimer,
    clock: Clock | None = None,
) -> AsyncIterator[Rig]:
    """Started; stopped at the end unless the test did it."""
    rig = make(folder, simulator=simulator, make_timer=make_timer, clock=clock)
    await rig.start()
    try:
        yield rig
    finally:
        await rig.stop()
