"""A real browser: OBS for the overlay pages, and the person's own for signing in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from tests import needs

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """One browser; pages of it share nothing with other tests."""
    path = needs.chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


async def open_page(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(address)
    return page


async def shows(page: Page, selector: str, text: str) -> None:
    """The element has exactly this text, now or soon."""
    await expect(page.locator(selector)).to_have_text(text, timeout=PATIENCE_MS)


async def is_on_stage(page: Page) -> None:
    """The card is shown, not merely there."""
    await expect(page.locator(".card.shown")).to_have_count(1, timeout=PATIENCE_MS)
