"""The proof page: opened from a file, in a real browser, it agrees with Companion and sees what was changed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from companion.kernel.result import expect_ok
from companion.ports.viewers import Viewer
from tests.fakes.clock import FakeClock
from tests.unit.objects.keyboard_raffle.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
DATA = re.compile(r'(?<=id="proof">).*?(?=</script>)', re.DOTALL)
NASTY = Viewer("66", "nasty", "</script><img src=x onerror=alert(1)> 🌊 夜")


async def a_proof(folder: Path, *, rolls: int = 60) -> str:
    """An epoch with rolls, a refund and a roll that was taken back, revealed."""
    stage = Stage(folder, FakeClock())
    await stage.online()
    await stage.open()
    for number in range(rolls):
        stage.rolled(stage.wish(f"r-{number}"))
    stage.refuse(stage.wish("r-late", NASTY))
    stage.take_back("r-3")
    await stage.end()
    page = expect_ok(await stage.raffle.export_proof(1))
    await stage.close()
    return page


async def opened(browser: Browser, page_text: str, folder: Path) -> Page:
    file = folder / "proof.html"
    file.write_text(page_text, encoding="utf-8")
    page = await browser.new_page()
    await page.goto(file.as_uri())
    await expect(page.locator("#verdict")).not_to_have_text("Computing…")
    return page


async def test_a_sound_epoch_is_recomputed_from_a_file(browser: Browser, tmp_path: Path) -> None:
    page = await opened(browser, await a_proof(tmp_path), tmp_path)

    await expect(page.locator("#verdict")).to_have_class("good")
    await expect(page.locator("#problems li")).to_have_count(0)
    await expect(page.locator("#rows tr")).to_have_count(62)
    await expect(page.locator("#facts")).to_contain_text("62: 60 rolls, 2 refunds")
    await expect(page.locator("#rows tr", has_text="</script><img")).to_have_count(1)
    assert await page.locator("img").count() == 0
    await expect(page.locator("#limits")).to_contain_text("no redemption was withheld before Companion saw it")
    await page.close()


def _swap(proof: dict[str, Any]) -> None:
    proof["entries"][4], proof["entries"][5] = proof["entries"][5], proof["entries"][4]


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another seed": (lambda proof: proof.update(seed="00" * 32), "commitment does not belong"),
    "a better roll": (lambda proof: proof["entries"][7].__setitem__(7, 1), "Entry 8: the chain is broken"),
    "an entry left out": (lambda proof: proof["entries"].pop(7), "missing or out of order"),
    "the last entry left out": (lambda proof: proof["entries"].pop(), "does not end where it should"),
    "two entries swapped": (_swap, "missing or out of order"),
    "rolled before the commitment": (lambda proof: proof.update(committed_at="2027"), "before the commitment"),
    "rolled after the reveal": (lambda proof: proof.update(revealed_entries=3), "after the seed was revealed"),
    "vectors that do not come out": (lambda proof: proof["vectors"][0].__setitem__(3, 1), "test vectors"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_was_changed_is_seen(browser: Browser, tmp_path: Path, change: str) -> None:
    text = await a_proof(tmp_path, rolls=12)
    found = DATA.search(text)
    assert found is not None
    proof = json.loads(found[0])
    act, told = CHANGES[change]
    act(proof)
    page = await opened(browser, text.replace(found[0], json.dumps(proof).replace("<", "\\u003c")), tmp_path)

    await expect(page.locator("#verdict")).to_have_class("bad")
    await expect(page.locator("#problems")).to_contain_text(told)
    await page.close()
