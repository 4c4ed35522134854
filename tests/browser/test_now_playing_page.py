from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.studio import COVER, Studio, cover_untouched, gone, shown, song

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def progress(page: Page) -> float:
    return float(
        await page.locator("#progress").evaluate("it => new DOMMatrix(getComputedStyle(it).transform).a"),
    )


async def test_a_song_is_shown_and_its_progress_goes_on(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock))
    page = await studio.open("now-playing")

    await shown(page)
    await expect(page.locator("#title")).to_have_text("Harbour Lights")
    await expect(page.locator("#artist")).to_have_text("The Paper Kites of Tern, Mira Voss")
    await expect(page.locator("#time")).to_have_text("1:23 / 3:45")
    await expect(page.locator("#cover")).to_have_attribute("src", COVER)
    await expect(page.locator(".logo")).to_contain_text("Spotify")
    await studio.forward(page, 30.1)
    await expect(page.locator("#time")).to_have_text("1:53 / 3:45")
    assert await progress(page) == pytest.approx(113 / 225, abs=0.01)
    assert await page.locator("#link").get_attribute("href") == "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"


async def test_progress_ends_with_the_song(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock, progress_ms=220_000))
    page = await studio.open("now-playing")
    await expect(page.locator("#time")).to_have_text("3:40 / 3:45")

    await studio.forward(page, 20.1)

    await expect(page.locator("#time")).to_have_text("3:45 / 3:45")
    assert await progress(page) == 1


async def test_the_cover_is_whole_still_and_untouched(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock))
    page = await studio.open("now-playing", "")
    await expect(page.locator("#cover")).to_be_visible()

    await cover_untouched(page, 96)


async def test_the_logo_is_not_smaller_than_its_rules_say(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock))
    page = await studio.open("now-playing", "scale=0.5")

    box = await page.locator(".logo").bounding_box()

    assert box is not None
    assert box["width"] >= 70
    assert box["height"] >= 21


async def test_another_song_brings_its_own_cover_or_none(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock))
    page = await studio.open("now-playing")
    await expect(page.locator("#cover")).to_be_visible()

    studio.hub.publish_state("now_playing", song(studio.clock, title="Low Water", cover_url=f"{COVER}-missing"))
    await expect(page.locator("#title")).to_have_text("Low Water")
    await expect(page.locator("#cover")).to_be_hidden()
    await expect(page.locator("#tile")).to_be_visible()
    studio.hub.publish_state("now_playing", song(studio.clock, title="Ebb", cover_url=f"{COVER}-2"))
    await expect(page.locator("#cover")).to_have_attribute("src", f"{COVER}-2")


async def test_pictures_from_elsewhere_are_not_loaded(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock, cover_url="https://elsewhere.example/x.png"))
    page = await studio.open("now-playing")

    await expect(page.locator("#tile")).to_be_visible()
    async with asyncio.timeout(5):
        while not studio.errors:
            await asyncio.sleep(0.005)
    assert "elsewhere.example" in studio.errors[0]
    studio.errors.clear()


async def test_paused(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock, is_playing=False))
    page = await studio.open("now-playing")

    await expect(page.locator("#time")).to_have_text("Paused · 1:23")
    await expect(page.locator("#paused")).to_be_visible()
    await studio.forward(page, 20.1)
    await expect(page.locator("#time")).to_have_text("Paused · 1:23")


@pytest.mark.parametrize(
    ("kind", "title", "first", "second", "time"),
    [
        ("ad", None, "Advertisement", "The music goes on in a moment", ""),
        ("episode", "Tides, part 4", "Tides, part 4", "Podcast episode", "1:23"),
        ("local", "demo_take_07.mp3", "demo_take_07.mp3", "Local file", "1:23"),
    ],
)
async def test_other_things_that_play(
    studio: Studio, kind: str, title: str | None, first: str, second: str, time: str
) -> None:
    bare = {"artists": (), "cover_url": None, "link": None, "duration_ms": None, "album": None}
    studio.hub.publish_state("now_playing", song(studio.clock, kind=kind, title=title, **bare))
    page = await studio.open("now-playing")

    await expect(page.locator("#title")).to_have_text(first)
    await expect(page.locator("#artist")).to_have_text(second)
    await expect(page.locator("#time")).to_have_text(time)
    await expect(page.locator("#tile")).to_be_visible()
    await expect(page.locator("#bar")).to_be_hidden()


async def test_nothing_plays_and_nothing_is_shown(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock))
    page = await studio.open("now-playing")
    await expect(page.locator("#cover")).to_be_visible()

    studio.hub.publish_state("now_playing", song(studio.clock, kind="nothing", title=None, is_playing=False))

    await gone(page)
    await expect(page.locator("#cover")).to_be_hidden()
    await expect(page.locator("#title")).to_be_hidden()
    assert await page.locator("#tile").evaluate("it => getComputedStyle(it).visibility") == "hidden"


async def test_an_old_picture_says_its_age_and_a_very_old_one_goes(studio: Studio) -> None:
    seen = studio.clock.at - timedelta(seconds=150)
    studio.hub.publish_state("now_playing", song(studio.clock, seen_at=seen, trouble="NetworkDown"))
    page = await studio.open("now-playing")
    await expect(page.locator("#time")).to_have_text("seen 2 min ago")
    await expect(page.locator("#bar")).to_be_hidden()

    studio.hub.publish_state("now_playing", song(studio.clock, seen_at=seen - timedelta(minutes=6)))
    await gone(page)
    await expect(page.locator("#cover")).to_be_hidden()


async def test_long_text_passes_once_then_rests_with_an_ellipsis(studio: Studio) -> None:
    long = "An Extraordinarily Long Title That Cannot Possibly Fit Into One Line (Extended Club Mix)"
    studio.hub.publish_state("now_playing", song(studio.clock, title=long))
    page = await studio.open("now-playing", "")
    await expect(page.locator("#title")).to_have_text(long)
    await studio.forward(page, 0.1)

    await expect(page.locator("#title")).to_have_class("line title passing")
    await expect(page.locator("#artist")).to_have_class("line artist soft")
    animations = await page.locator("#title span").evaluate(
        "it => it.getAnimations().map(each => [each.effect.getTiming().iterations, each.effect.getTiming().duration])"
    )
    assert len(animations) == 1
    assert animations[0][0] == 1
    await page.locator("#title span").evaluate("it => it.getAnimations().forEach(each => each.finish())")
    await expect(page.locator("#title")).to_have_class("line title")
    assert await page.locator("#title").evaluate("it => getComputedStyle(it).textOverflow") == "ellipsis"


async def test_without_motion_long_text_stands_still(studio: Studio) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock, title="Long " * 40))
    page = await studio.open("now-playing", "motion=off")
    await shown(page)
    await studio.forward(page, 1)

    assert await page.evaluate("document.getAnimations().length") == 0
