from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.studio import Studio, live, offline, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_live_stream_is_shown_and_its_time_goes_on(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")

    await shown(page)
    await expect(page.locator("#word")).to_have_text("LIVE")
    await expect(page.locator("#viewers")).to_have_text("183")
    await expect(page.locator("#uptime")).to_have_text("2:14:09")
    await studio.forward(page, 30.1)
    await expect(page.locator("#uptime")).to_have_text("2:14:39")
    assert await page.locator("#last").is_hidden()
    path = await page.locator("#stroke").get_attribute("d")
    assert path is not None
    assert 20 < path.count("L") < 48


async def test_new_counts_arrive_while_it_is_open(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock, viewers=999))
    page = await studio.open("live", "")
    await expect(page.locator("#viewers")).to_have_attribute("aria-label", "999")

    studio.hub.publish_state("live", live(studio.clock, viewers=998))
    await expect(page.locator("#viewers")).to_have_attribute("aria-label", "998")
    await expect(page.locator("#viewers")).to_have_text("998")  # the old figure has rolled away
    studio.hub.publish_state("live", live(studio.clock, viewers=1240))
    await expect(page.locator("#viewers")).to_have_text("1,240")


async def test_a_count_that_is_not_known_or_old_is_said_so(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock, viewers=None, points=0))
    page = await studio.open("live")
    await expect(page.locator("#viewers")).to_have_text("–")
    assert await page.locator("#spark").evaluate("it => getComputedStyle(it).visibility") == "hidden"

    old = live(studio.clock, viewers=1).model_copy(
        update={"viewers_seen_at": studio.clock.at.replace(hour=17, minute=55)}
    )
    studio.hub.publish_state("live", old)
    await expect(page.locator("#label")).to_have_text("viewer, 5 min ago")


async def test_offline_says_how_the_last_stream_went(studio: Studio) -> None:
    studio.hub.publish_state("live", offline(studio.clock))
    page = await studio.open("live")

    await expect(page.locator("#word")).to_have_text("Offline")
    await expect(page.locator("#last")).to_have_text("Last stream 2 h 14 min, peak 1,240")
    assert await page.locator("#viewers").is_hidden()
    studio.hub.publish_state("live", offline(studio.clock, known=False))
    await expect(page.locator("#last")).to_be_hidden()


async def test_the_time_is_companions_even_on_a_computer_whose_clock_is_wrong(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await expect(page.locator("#uptime")).to_have_text("2:14:09")

    other = await studio.context.new_page()
    await other.clock.install(time="2001-01-01T00:00:00Z")
    await other.goto(studio.url("live", "motion=off"))

    await expect(other.locator("#uptime")).to_have_text("2:14:09")
