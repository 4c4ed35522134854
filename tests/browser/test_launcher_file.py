"""A browser source that is a local file: it may open long before Companion, and finds it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from companion.services.system.launchers import TEMPLATE, Launchers
from tests.browser.studio import Studio, live, new_server, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEMPLATE_FILE = Path(__file__).resolve().parents[2] / "resources" / "overlay" / TEMPLATE


async def test_opened_before_companion_it_becomes_the_page(studio: Studio, tmp_path: Path) -> None:
    launchers = Launchers(folder=tmp_path / "overlays", template=TEMPLATE_FILE)
    launchers.update(studio.server.urls())
    port = studio.server.state().port
    await studio.server.close()
    page = await studio.context.new_page()
    knocks = asyncio.Event()
    page.on("requestfailed", lambda _: knocks.set())
    await page.goto(Path(launchers.paths()["live"]).as_uri() + "?theme=light")
    async with asyncio.timeout(10):
        await knocks.wait()

    studio.server = new_server(studio.hub, studio.access, studio.clock, studio.tasks, studio.logger, port)
    await studio.server.start()
    studio.hub.publish_state("live", live(studio.clock))
    await page.wait_for_url(re.compile(r"http://127\.0\.0\.1:\d+/overlay/live\?token=.+&theme=light"))

    await shown(page)
