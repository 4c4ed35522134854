"""The page `queue`: what plays and for whom, and what comes next."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.studio import COVER, Studio, cover_untouched, gone, queue, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_plays_its_requester_and_the_next_five(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, requests=7, total=14))
    page = await studio.open("queue")

    await shown(page)
    await expect(page.locator("#title")).to_have_text("Lantern Season")
    await expect(page.locator("#artist")).to_have_text("The Paper Boats, Ines Vale")
    await expect(page.locator("#for")).to_contain_text("Marlow")
    await expect(page.locator("#cover")).to_have_attribute("src", COVER)
    await expect(page.locator(".row")).to_have_count(5)
    assert await page.locator(".place").all_inner_texts() == ["1", "2", "3", "4", "5"]
    await expect(page.locator(".row").first).to_contain_text("Harbour Lights · Mira Voss")
    await expect(page.locator(".row").first.locator(".by")).to_have_text("Odette")
    await expect(page.locator("#total")).to_have_text("Next 5 of 14 requests")
    await expect(page.locator(".logo")).to_contain_text("Spotify")


async def test_nothing_is_shown_while_nobody_asked_for_anything(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, requests=0, viewer_name=None))
    page = await studio.open("queue")
    await gone(page)

    studio.hub.publish_state("queue", queue(studio.clock, requests=1, viewer_name=None))
    await shown(page)
    await expect(page.locator("#for")).to_be_hidden()
    await expect(page.locator("#total")).to_have_text("1 request")

    studio.hub.publish_state("queue", queue(studio.clock, requests=0))
    await expect(page.locator("#total")).to_have_text("Nothing after this yet")
    await shown(page)

    studio.hub.publish_state("queue", queue(studio.clock, requests=0, title=None))
    await gone(page)
    await expect(page.locator("#cover")).to_be_hidden()


async def test_requests_stand_alone_when_nothing_plays_or_nobody_knows(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, requests=2))
    page = await studio.open("queue")
    await expect(page.locator("#now")).to_be_visible()

    await studio.forward(page, 361)  # so long a leap may cost the page its connection: give it time to come back
    for _ in range(20):
        await studio.forward(page, 1)
        studio.hub.tick()

    await expect(page.locator("#now")).to_be_hidden()
    await shown(page)
    await expect(page.locator(".row")).to_have_count(2)


async def test_names_are_text_and_stay_on_one_line(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, viewer_name="<img src=x onerror=alert(1)>" + "🦊" * 25))
    page = await studio.open("queue")
    await shown(page)

    assert await page.locator(".card img").count() == 1
    assert await page.locator(".card b").count() == 0
    heights = await page.locator(".row").evaluate_all("rows => rows.map((it) => it.getBoundingClientRect().height)")
    assert max(heights) < 40
    styles = await page.locator(".row .song").evaluate_all("all => all.map((it) => getComputedStyle(it).textOverflow)")
    assert set(styles) == {"ellipsis"}


async def test_titles_begin_at_one_edge_in_every_script(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock))
    page = await studio.open("queue")
    await shown(page)

    edges = await page.locator(".row .name").evaluate_all("all => all.map((it) => it.getBoundingClientRect().left)")
    assert max(edges) - min(edges) < 1


async def test_the_cover_is_whole_still_and_untouched(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock))
    page = await studio.open("queue", "")
    await expect(page.locator("#cover")).to_be_visible()

    await cover_untouched(page, 72)


async def test_a_cover_that_does_not_load_leaves_the_tile(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, cover_url="https://i.scdn.co/image/missing"))
    page = await studio.open("queue")
    await shown(page)

    await expect(page.locator("#tile")).to_be_visible()
    await expect(page.locator("#cover")).to_be_hidden()


async def test_a_row_that_is_new_fades_in_and_the_others_stand_still(studio: Studio) -> None:
    studio.hub.publish_state("queue", queue(studio.clock, requests=3))
    page = await studio.open("queue", "")
    await shown(page)
    await expect(page.locator(".row")).to_have_count(3)

    studio.hub.publish_state("queue", queue(studio.clock, requests=4))
    await expect(page.locator(".row")).to_have_count(4)
    moving = "[...document.querySelectorAll('.row')].map((it) => it.getAnimations().length)"
    assert await page.evaluate(moving) == [0, 0, 0, 1]
