"""The raffle on air: 2 s of suspense, the distance, a win that fills the screen; nothing lost, nothing twice."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from companion.services.overlay.wire_events import RaffleEpochData
from companion.services.overlay.wire_topics import HoldData
from tests.browser.studio import COMMITMENT, Studio, gone, raffle, roll, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def on_stage(studio: Studio, query: str = "motion=off", size: tuple[int, int] = (1920, 1080)) -> Page:
    """The page has its state and shows nothing."""
    studio.hub.publish_state("raffle", raffle())
    page = await studio.open("raffle", query, size=size)
    await page.wait_for_function("document.querySelector('.card') !== null")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await studio.listening("raffle")
    return page


async def test_a_roll_runs_two_seconds_and_then_tells_its_distance(studio: Studio) -> None:
    page = await on_stage(studio, "")
    await gone(page)
    studio.hub.publish_event("raffle_roll", roll())

    await shown(page)
    await expect(page.locator("#who")).to_have_text("Marlow Fen")
    await expect(page.locator("#roll")).to_have_attribute("aria-label", "4,211")
    await expect(page.locator("#winning")).to_have_text("4,169")
    await expect(page.locator("#proof")).to_have_text("#1 · 1a2b3c4d")
    await expect(page.locator(".card.told")).to_have_count(0)
    lengths = "document.getAnimations().map((it) => it.effect.getComputedTiming().duration).filter((it) => it > 1000)"
    assert max(await page.evaluate(lengths)) == 2_000
    await studio.forward(page, 1.9)
    await expect(page.locator(".card.told")).to_have_count(0)
    await studio.forward(page, 0.2)
    await expect(page.locator(".card.told")).to_have_count(1)
    await expect(page.locator("#distance")).to_have_text("42 away")
    await studio.forward(page, 4)
    await gone(page)


async def test_a_win_fills_the_screen_for_six_seconds(studio: Studio) -> None:
    page = await on_stage(studio)
    studio.hub.publish_event("raffle_roll", roll(roll=4169, distance=0, won=True))
    await shown(page)
    await studio.forward(page, 1)

    await expect(page.locator(".win.shown")).to_have_count(1)
    assert await page.locator("#win").bounding_box() == {"x": 0, "y": 0, "width": 1920, "height": 1080}
    await expect(page.locator("#winner")).to_have_text("Marlow Fen")
    await expect(page.locator("#met")).to_have_text("4,169")
    await expect(page.locator("#prize")).to_have_text("eternal bragging rights")
    await studio.forward(page, 5.8)
    await expect(page.locator(".win.shown")).to_have_count(1)
    await studio.forward(page, 0.3)
    await expect(page.locator(".win.shown")).to_have_count(0)


async def test_rolls_come_one_after_the_other_and_none_twice(studio: Studio) -> None:
    page = await on_stage(studio)
    for number in (1, 2, 2, 3, 1):
        studio.hub.publish_event("raffle_roll", roll(number, new_record=number == 3))
    seen = []
    for _ in range(3):
        await shown(page)
        seen.append(await page.locator("#proof").inner_text())
        assert ("closest yet" in await page.locator("#distance").inner_text()) == (len(seen) == 3)
        await studio.forward(page, 4.1)
        await gone(page)
        await studio.forward(page, 0.5)

    assert [text[:2] for text in seen] == ["#1", "#2", "#3"]
    await gone(page)


async def test_a_roll_that_was_missed_comes_with_the_reconnection_once(studio: Studio) -> None:
    page = await on_stage(studio)
    studio.hub.publish_event("raffle_roll", roll(1))
    await shown(page)
    await studio.restart()
    studio.hub.publish_state("raffle", raffle())
    await studio.forward(page, 20)
    for _ in range(200):
        if studio.hub.pages().connected.get("raffle"):
            break
        await studio.forward(page, 1)
    studio.hub.publish_event("raffle_roll", roll(1))  # delivered again after the restart
    studio.hub.publish_event("raffle_roll", roll(2))

    await expect(page.locator("#proof")).to_have_text("#2 · 1a2b3c4d")
    await shown(page)


async def test_while_held_nothing_is_shown_and_the_roll_comes_afterwards(studio: Studio) -> None:
    page = await on_stage(studio)
    studio.hub.publish_event("raffle_roll", roll())
    await shown(page)
    studio.hub.publish_state("hold", HoldData(held=True))
    await gone(page)
    await studio.forward(page, 30)
    studio.hub.publish_state("hold", HoldData(held=False))

    await shown(page)
    await expect(page.locator("#who")).to_have_text("Marlow Fen")


async def test_hidden_by_obs_no_backlog_builds_up(studio: Studio) -> None:
    await studio.context.add_init_script("window.obsstudio = { pluginVersion: '2.24.4' };")
    page = await on_stage(studio)
    visible = "(it) => dispatchEvent(new CustomEvent('obsSourceVisibleChanged', { detail: { visible: it } }))"
    await page.evaluate(visible, False)
    for number in range(5):
        studio.hub.publish_event("raffle_roll", roll(number))
    await page.wait_for_timeout(100)
    await page.evaluate(visible, True)
    await gone(page)
    studio.hub.publish_event("raffle_roll", roll(9))
    await expect(page.locator("#proof")).to_have_text("#9 · 1a2b3c4d")


async def test_a_commitment_is_shown_whole(studio: Studio) -> None:
    page = await on_stage(studio)
    opened = RaffleEpochData(event_id="epoch-3", epoch=3, commitment=COMMITMENT, seed=None)
    studio.hub.publish_event("raffle_epoch", opened.model_copy(update={"event_id": "over", "seed": "00" * 32}))
    await gone(page)
    studio.hub.publish_event("raffle_epoch", opened)

    await shown(page)
    await expect(page.locator("#digest")).to_have_text(COMMITMENT)
    await expect(page.locator("#headline")).to_have_text("Raffle 3 is open")
    await studio.forward(page, 12.1)
    await gone(page)


async def test_at_rest_the_closest_miss_is_shown_where_that_is_asked_for(studio: Studio) -> None:
    page = await on_stage(studio, "motion=off&rest=on")

    await shown(page)
    await expect(page.locator("#headline")).to_have_text("Closest yet: Marlow Fen, 42 away")
    await expect(page.locator("#digest")).to_have_text(COMMITMENT[:16])
    studio.hub.publish_state("raffle", raffle(epoch_state="revealed"))
    await gone(page)


async def test_without_motion_nothing_moves(studio: Studio) -> None:
    page = await on_stage(studio)
    studio.hub.publish_event("raffle_roll", roll(roll=4169, distance=0, won=True))
    await shown(page)
    await studio.forward(page, 1.5)

    assert await page.evaluate("document.getAnimations().length") == 0
    await expect(page.locator("#roll")).to_have_text("4,169")


@pytest.mark.parametrize("size", [(1920, 1080), (640, 360), (300, 300)])
async def test_a_long_name_keeps_inside(studio: Studio, size: tuple[int, int]) -> None:
    page = await on_stage(studio, size=size)
    name = "Wolkenverschiebungsbeauftragte 🌊 夜に駆けて"
    studio.hub.publish_event(
        "raffle_roll", roll(viewer_name=name, roll=1_000_000, winning=1_000_000, distance=0, won=True, prize="p " * 50)
    )
    await shown(page)
    inside = """() => [...document.querySelectorAll(".body *")]
      .filter((it) => it.checkVisibility({ visibilityProperty: true }) && it.getBoundingClientRect().width > 0)
      .filter((it) => !it.closest(".line"))
      .every((it) => { const box = it.getBoundingClientRect();
        return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight; })"""
    assert await page.evaluate(inside)
    await studio.forward(page, 1)
    await expect(page.locator(".win.shown")).to_have_count(1)
    assert await page.evaluate(inside)
