"""The page `achievement`: one unlock at a time, each for six seconds, none twice."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser.studio import Studio, gone, hold, shown, unlock
from tests.browser.test_page_link import OBS, tell, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(studio: Studio, query: str = "motion=off", size: tuple[int, int] = (800, 600)) -> Page:
    """A page that is connected: events before that are none of its business."""
    studio.hub.publish_state("hold", hold(held=False))
    page = await studio.open("achievement", query, size=size)
    await studio.listening("achievement")
    return page


async def heard(page: Page) -> None:
    """Let the page take in what was sent."""
    await page.evaluate("() => 0")
    await asyncio.sleep(0.15)


async def test_a_card_names_viewer_achievement_and_what_it_is_for(studio: Studio) -> None:
    page = await opened(studio)
    await gone(page)
    studio.hub.publish_event("achievement_unlocked", unlock())

    await shown(page)
    await expect(page.locator("#who")).to_have_text("Marlow")
    await expect(page.locator("#name")).to_have_text("In the Hat 1")
    await expect(page.locator("#description")).to_have_text("Your first raffle roll")
    await expect(page.locator("#icon")).to_have_text("🎲")
    await studio.forward(page, 5.9)
    await shown(page)
    await studio.forward(page, 0.2)
    await gone(page)


async def test_several_wait_for_each_other(studio: Studio) -> None:
    page = await opened(studio)
    for number in (1, 2, 3):
        studio.hub.publish_event("achievement_unlocked", unlock(number))
    await expect(page.locator("#name")).to_have_text("In the Hat 1")
    await heard(page)
    for number in (2, 3):
        await studio.forward(page, 6.1)
        await gone(page)
        await studio.forward(page, 0.5)
        await shown(page)
        await expect(page.locator("#name")).to_have_text(f"In the Hat {number}")
    await studio.forward(page, 6.1)
    await studio.forward(page, 1)
    await gone(page)


async def test_a_crowd_goes_by_faster(studio: Studio) -> None:
    page = await opened(studio)
    for number in range(1, 7):
        studio.hub.publish_event("achievement_unlocked", unlock(number))
    await heard(page)
    await studio.forward(page, 6.1)
    await studio.forward(page, 0.5)
    await expect(page.locator("#name")).to_have_text("In the Hat 2")
    await studio.forward(page, 3.6)
    await gone(page)


async def test_none_is_shown_twice_after_a_reconnect_or_a_restart(studio: Studio) -> None:
    page = await opened(studio)
    studio.hub.publish_event("achievement_unlocked", unlock())
    await shown(page)
    await studio.forward(page, 6.1)
    await gone(page)

    await studio.restart()
    studio.hub.publish_state("hold", hold(held=False))
    for _ in range(20):
        await studio.forward(page, 0.5)
        if studio.hub.pages().connected.get("achievement") == 1:
            break
        await asyncio.sleep(0.05)
    studio.hub.publish_event("achievement_unlocked", unlock())
    await heard(page)
    await gone(page)

    studio.hub.publish_event("achievement_unlocked", unlock(2))
    await shown(page)


async def test_held_a_card_hides_at_once_and_is_shown_again_after(studio: Studio) -> None:
    page = await opened(studio)
    studio.hub.publish_event("achievement_unlocked", unlock(1))
    await shown(page)

    studio.hub.publish_state("hold", hold(held=True))
    await gone(page)
    studio.hub.publish_event("achievement_unlocked", unlock(2))
    await heard(page)
    await studio.forward(page, 60)
    await gone(page)

    studio.hub.publish_state("hold", hold(held=False))
    await shown(page)
    await expect(page.locator("#name")).to_have_text("In the Hat 1")
    await studio.forward(page, 6.1)
    await studio.forward(page, 0.5)
    await expect(page.locator("#name")).to_have_text("In the Hat 2")


async def test_hidden_by_obs_nothing_piles_up(studio: Studio) -> None:
    await studio.context.add_init_script(OBS)
    page = await opened(studio)
    studio.hub.publish_event("achievement_unlocked", unlock(1))
    await shown(page)
    await tell(page, "obsSourceVisibleChanged", "{ visible: false }")
    await gone(page)
    studio.hub.publish_event("achievement_unlocked", unlock(2))
    await heard(page)

    await tell(page, "obsSourceVisibleChanged", "{ visible: true }")
    await studio.forward(page, 1)
    await gone(page)
    studio.hub.publish_event("achievement_unlocked", unlock(3))
    await expect(page.locator("#name")).to_have_text("In the Hat 3")


async def test_other_events_are_none_of_its_business(studio: Studio) -> None:
    page = await opened(studio)
    studio.hub.publish_event("follow", unlock())
    await heard(page)

    await gone(page)


@pytest.mark.parametrize(
    ("icon", "character"), [("26a1", "⚡\ufe0f"), ("1f468-200d-1f4bb", "👨\u200d💻"), ("ffffffff", "★")]
)
async def test_icons_come_by_code_point(studio: Studio, icon: str, character: str) -> None:
    page = await opened(studio)
    studio.hub.publish_event("achievement_unlocked", unlock(icon=icon))

    await shown(page)
    assert await page.locator("#icon").text_content() == character


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "🦊" * 25, "夜猫子" * 20, "ليلى" * 20, "\u202eMarlow"]
)
@pytest.mark.parametrize("size", [(1920, 1080), (400, 120), (200, 80)])
async def test_any_name_stays_on_one_line_inside_the_margins(studio: Studio, name: str, size: tuple[int, int]) -> None:
    page = await opened(studio, "motion=off&scale=1.25", size)
    studio.hub.publish_event("achievement_unlocked", unlock(viewer_name=name, description="what it is for " * 12))
    await shown(page)
    assert await page.locator(".card img").count() == 0
    await page.wait_for_function(
        "(room) => document.querySelector('.card').getBoundingClientRect().width <= room", arg=size[0] * 0.9 + 1
    )
    box = await page.locator(".card").evaluate("it => it.getBoundingClientRect().toJSON()")

    assert box["left"] >= size[0] * 0.05 - 1 and box["right"] <= size[0] * 0.95 + 1
    assert box["top"] >= size[1] * 0.05 - 1 and box["bottom"] <= size[1] * 0.95 + 1
    lines = await page.locator(".line").evaluate_all("all => all.map((it) => [it.offsetHeight, it.id])")
    assert all(height < 60 for height, _ in lines)


async def test_it_enters_and_leaves_as_agreed_and_reduced_motion_stands_still(studio: Studio) -> None:
    page = await opened(studio, "")
    studio.hub.publish_event("achievement_unlocked", unlock())
    await shown(page)
    style = "getComputedStyle(document.querySelector('.body.moves')).transitionDuration"
    assert await page.evaluate(style) == "0.24s, 0.24s, 0s"
    await studio.forward(page, 6.1)
    assert await page.evaluate(style) == "0.18s, 0.18s, 0s"
    await page.close()

    await until(lambda: not studio.hub.pages().connected)
    still = await opened(studio, "motion=off")
    studio.hub.publish_event("achievement_unlocked", unlock(2, description="what it is for " * 12))
    await shown(still)
    assert await still.evaluate("document.getAnimations().length") == 0
