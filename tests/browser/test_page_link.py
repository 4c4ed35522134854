"""How the pages keep up with Companion: restarts, gaps, renewed tokens, OBS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.studio import Studio, gone, live, offline, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")

OBS = """
window.obsstudio = {
  pluginVersion: "2.26.8",
  getStatus: (answer) => answer({ streaming: true, recording: false }),
};
"""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def tell(page: Page, name: str, detail: str = "null") -> None:
    await page.evaluate(f"dispatchEvent(new CustomEvent('{name}', {{ detail: {detail} }}))")


def cut_off(studio: Studio) -> None:
    for connection in list(studio.hub._clients):
        connection.transport.abort()


async def test_a_page_without_data_is_transparent(studio: Studio) -> None:
    page = await studio.open("live")
    await until(lambda: dict(studio.hub.pages().connected) == {"live": 1})
    picture = await page.screenshot(omit_background=True)

    other = await studio.context.new_page()
    alpha = await other.evaluate(
        """async (bytes) => {
          const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          canvas.drawImage(bitmap, 0, 0);
          const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
          return data.reduce((most, each) => Math.max(most, each));
        }""",
        list(picture),
    )

    assert alpha == 0
    await gone(page)


async def test_companion_goes_away_and_comes_back_with_the_present_state(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock, viewers=183))
    page = await studio.open("live")
    await shown(page)

    await studio.server.close()
    await until(lambda: dict(studio.hub.pages().connected) == {})
    await studio.forward(page, 9)
    await shown(page)
    await studio.forward(page, 2)
    await gone(page)

    await studio.restart()
    studio.hub.publish_state("live", live(studio.clock, viewers=77))
    await coming_back(studio, page)

    await expect(page.locator("#viewers")).to_have_text("77")
    await shown(page)
    assert parse_qs(urlsplit(studio.sockets[-1]).query)["epoch"] == ["first"]


async def coming_back(studio: Studio, page: Page) -> None:
    for _ in range(1000):
        await studio.forward(page, 0.5)
        if dict(studio.hub.pages().connected):
            return
        await asyncio.sleep(0.02)  # the sockets of a real browser
    raise AssertionError("the page did not come back")


async def test_a_short_gap_is_resumed_by_number_and_hides_nothing(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock, viewers=183))
    page = await studio.open("live")
    await expect(page.locator("#viewers")).to_have_text("183")

    cut_off(studio)
    await until(lambda: dict(studio.hub.pages().connected) == {})
    studio.hub.publish_state("live", live(studio.clock, viewers=184))
    studio.hub.publish_state("live", live(studio.clock, viewers=185))
    await coming_back(studio, page)

    await expect(page.locator("#viewers")).to_have_text("185")
    query = parse_qs(urlsplit(studio.sockets[-1]).query)
    assert (query["epoch"], query["last_seq"]) == (["first"], ["1"])
    await shown(page)


async def test_attempts_grow_rare_but_never_rarer_than_every_few_seconds(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await shown(page)
    await studio.server.close()
    await until(lambda: dict(studio.hub.pages().connected) == {})
    before = len(studio.sockets)

    for _ in range(120):
        await studio.forward(page, 0.5)
        await asyncio.sleep(0.01)  # a refused connection is told by the browser, not by the clock

    attempts = len(studio.sockets) - before
    assert 4 <= attempts <= 30


async def test_a_renewed_token_hides_the_page_which_then_asks_rarely(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await shown(page)

    studio.server.renew_tokens()

    await gone(page)
    before = len(studio.sockets)
    await studio.forward(page, 10)
    assert len(studio.sockets) == before
    for _ in range(50):
        await studio.forward(page, 1)
        await asyncio.sleep(0.01)
    assert 1 <= len(studio.sockets) - before <= 5
    await gone(page)


async def test_a_silent_connection_is_given_up(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await shown(page)
    before = len(studio.sockets)

    await studio.forward(page, 36)
    assert len(studio.sockets) == before
    await studio.forward(page, 10)
    await until(lambda: len(studio.sockets) == before + 1)
    await shown(page)


async def test_a_page_of_an_older_version_reloads_but_only_once(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live")
    await shown(page)
    loads: list[str] = []
    page.on("load", lambda _: loads.append("load"))

    for _ in range(2):
        await page.evaluate("document.documentElement.dataset.assets = 'older'")
        cut_off(studio)
        await until(lambda: dict(studio.hub.pages().connected) == {})
        await coming_back(studio, page)
        await until(lambda: loads == ["load"])  # the first time it is on its way now, and has no document meanwhile
        await shown(page)

    assert loads == ["load"]


async def test_obs_is_listened_to(studio: Studio) -> None:
    await studio.context.add_init_script(OBS)
    studio.hub.publish_state("live", live(studio.clock, viewers=183))
    page = await studio.open("live")
    await shown(page)
    await until(lambda: studio.hub.is_streaming() is True)
    assert studio.hub.pages().obs_version == "2.26.8"

    await tell(page, "obsStreamingStopped")
    await until(lambda: studio.hub.is_streaming() is False)
    await tell(page, "obsSourceVisibleChanged", "{ visible: false }")
    await until(lambda: dict(studio.hub.pages().visible) == {})
    await gone(page)

    studio.hub.publish_state("live", live(studio.clock, viewers=190))
    studio.hub.publish_state("live", live(studio.clock, viewers=200))
    await tell(page, "obsSourceVisibleChanged", "{ visible: true }")
    await expect(page.locator("#viewers")).to_have_text("200")
    await shown(page)

    await page.close()
    await until(lambda: studio.hub.is_streaming() is None)


async def test_obs_custom_css_works_in_spite_of_the_policy(studio: Studio) -> None:
    studio.hub.publish_state("live", offline(studio.clock))
    page = await studio.open("live")
    await shown(page)

    await page.evaluate(
        """() => {
          const style = document.createElement("style");
          style.textContent = ":root { --companion-font: 'Some Font', serif; }";
          document.head.append(style);
        }"""
    )

    await page.wait_for_function("getComputedStyle(document.body).fontFamily.startsWith('\"Some Font\"')")
    studio.errors.clear()  # the browser reports the refused inline style


async def test_two_pages_of_one_kind_are_counted(studio: Studio) -> None:
    pages = [await studio.open("live"), await studio.open("live"), await studio.open("now-playing")]

    await until(lambda: dict(studio.hub.pages().connected) == {"live": 2, "now-playing": 1})

    await pages[0].close()
    await until(lambda: dict(studio.hub.pages().connected) == {"live": 1, "now-playing": 1})
