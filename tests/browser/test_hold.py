"""Hold everything: every page hides at once, and comes back with the present state."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.studio import Studio, gone, hold, live, queue, raffle, shown, song

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", ["live", "now-playing", "queue", "raffle"])
async def test_every_page_hides_while_held_and_comes_back(studio: Studio, name: str) -> None:
    studio.hub.publish_state("hold", hold(held=False))
    studio.hub.publish_state("live", live(studio.clock))
    studio.hub.publish_state("now_playing", song(studio.clock))
    studio.hub.publish_state("queue", queue(studio.clock))
    studio.hub.publish_state("raffle", raffle())
    page = await studio.open(name, "motion=off&rest=on")
    await shown(page)

    studio.hub.publish_state("hold", hold(held=True))
    await gone(page)
    await expect(page.locator("img:visible")).to_have_count(0)
    studio.hub.publish_state("live", live(studio.clock, viewers=200))
    studio.hub.publish_state("now_playing", song(studio.clock, title="Another"))
    studio.hub.publish_state("queue", queue(studio.clock, title="Another"))
    studio.hub.publish_state("raffle", raffle(record=None))
    await studio.forward(page, 5)
    await gone(page)

    studio.hub.publish_state("hold", hold(held=False))
    await shown(page)


async def test_a_page_that_opens_while_held_shows_nothing(studio: Studio) -> None:
    studio.hub.publish_state("hold", hold(held=True))
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await expect(page.locator("#viewers")).to_have_text("183")

    await gone(page)
