"""The composed application as `companion --headless` runs it, with a memory vault and without its servers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from companion.bootstrap import stages
from companion.bootstrap.compose import compose
from companion.bootstrap.foundation import Surroundings
from companion.bootstrap.graph import Graph
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings
from companion.kernel.ids import random_ids
from companion.kernel.instant import Clock, seconds
from companion.kernel.redacted import Redacted, Scrubber
from companion.kernel.result import Ok, Result, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.tokens import Account, SignedIn, TokenGrant
from companion.services.system.loop_timer import LoopTimer
from companion.services.system.memory_vault import MemoryVault
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator

STREAMER = Account("900100", "lanternharbor", "LanternHarbor", None)


async def _open_nothing(_: str) -> Result[None, str]:
    return Ok(None)


@asynccontextmanager
async def composed(folder: Path, clock: Clock, simulator: str) -> AsyncIterator[Graph]:
    """Every object of a run with its storage ready; alarms, servers and sockets rest."""
    settings = Settings()
    run = Run(
        settings, Options(headless=True, port=0, simulator=simulator), addresses(settings, simulator), Paths(folder)
    )
    supervisor = TaskSupervisor(logging.getLogger("companion.tasks"))
    around = Surroundings(
        clock=clock,
        ids=random_ids(),
        random=Random(1),
        make_timer=LoopTimer,
        vault=MemoryVault(),
        supervisor=supervisor,
        scrubber=Scrubber(),
        open_address=_open_nothing,
        request_quit=lambda keep: None,
        show_window=lambda: False,
    )
    graph = compose(run, around)
    expect_ok(await stages.start_storage(graph, run, clock))
    try:
        yield graph
    finally:
        await stages.stop(graph, run, supervisor, hurry=asyncio.Event())


async def sign_in(graph: Graph, simulator: RunningSimulator, clock: Clock) -> None:
    """Give the Twitch login a fresh grant of the simulator, through the front door."""
    given = simulator.login_twitch(client_id=PUBLIC_CLIENT_ID, scopes=[])
    if given.refresh_token is None:
        raise AssertionError("the simulator's Twitch gives refresh tokens")
    grant = TokenGrant(
        access_token=Redacted(given.access_token),
        expires_in=seconds(given.expires_in),
        refresh_token=Redacted(given.refresh_token),
        scopes=frozenset(given.scopes),
    )
    signed_in = SignedIn(grant=grant, account=STREAMER, client_id=PUBLIC_CLIENT_ID, authorized_at=clock.now())
    expect_ok(await graph.logins.twitch.set_tokens(signed_in, confirm_account=True))
