"""One Chromium for a module's tests, and a studio of its own for each."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Route

from companion.kernel.tasks import TaskSupervisor
from companion.services.system.local_access import LocalAccess
from tests.browser.studio import COVER_PICTURE, Studio, TestClock, new_hub, new_server
from tests.helpers.chromium import chromium


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def studio(browser: Browser, tmp_path: Path) -> AsyncIterator[Studio]:
    clock, logger = TestClock(), logging.getLogger("companion.overlay")
    tasks = TaskSupervisor(logger)
    hub, access = new_hub(clock, logger), LocalAccess(tmp_path, clock=clock)
    server = new_server(hub, access, clock, tasks, logger, port=0)
    await server.start()
    context = await browser.new_context()
    await context.route("https://i.scdn.co/**", _cover)
    opened = Studio(server, hub, access, clock, context, tasks, logger)
    yield opened
    await context.close()
    await opened.server.close()
    await tasks.drain(2)
    assert opened.errors == []


async def _cover(route: Route) -> None:
    if "missing" in route.request.url:
        await route.abort()
    else:
        await route.fulfill(body=COVER_PICTURE, content_type="image/svg+xml")
