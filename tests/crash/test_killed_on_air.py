"""SIGKILL while live, with the keyring, OBS' browser and the simulator as processes that live on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocket

from tests.helpers.chromium import chromium, is_on_stage, open_page, shows
from tests.helpers.companion import CompanionProcess, Parsed
from tests.helpers.signing_in import sign_in_to_both
from tests.helpers.simulator import SimulatorProcess
from tests.helpers.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(loop_scope="module")
async def simulator(tmp_path: Path) -> AsyncIterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path / "simulator", auto_approve=True)
    await process.start()
    yield process
    process.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def companion(simulator: SimulatorProcess, tmp_path: Path) -> AsyncIterator[CompanionProcess]:
    process = CompanionProcess(tmp_path, simulator=simulator.url)
    process.write_settings()
    yield process
    process.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


def epochs_of(page: Page) -> list[str]:
    """The epoch of every welcome that the page gets from now on."""
    epochs: list[str] = []

    def frame(payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "welcome":
            epochs.append(message["epoch"])

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", frame)

    page.on("websocket", opened)
    return epochs


async def test_the_session_goes_on(
    secret_service: None, browser: Browser, simulator: SimulatorProcess, companion: CompanionProcess
) -> None:
    await companion.start()
    await sign_in_to_both(companion)
    simulator.play(0)
    simulator.online(stream_id="41000051", viewers=87)
    before = await companion.until_stream("the stream is live and counted", is_live=True, viewer_count=87)
    live = await open_page(browser, "about:blank")
    epochs = epochs_of(live)
    await live.goto(await companion.overlay("live"))
    song = await open_page(browser, await companion.overlay("now-playing"))
    await shows(live, "#viewers", "87")
    await is_on_stage(song)
    title = await song.locator("#title").text_content()
    for page in (live, song):
        await page.evaluate("window.neverReloaded = true")

    companion.kill()
    simulator.post("/sim/viewers", count=120)
    simulator.post("/sim/spotify/skip")
    await companion.start()

    await the_record_goes_on(companion, before)
    await shows(live, "#viewers", "120")
    await is_on_stage(live)
    await until(lambda: len(set(epochs)) == 2, what="the page has met the new Companion")
    await until(lambda: changed(song, title), what="the page shows the song that plays now")
    for page in (live, song):
        assert await page.evaluate("window.neverReloaded") is True
        await page.context.close()
    for provider in ("twitch", "spotify"):
        assert simulator.count(f"{provider}.refresh") == 0
        assert (await companion.ask(f"{provider}_token.status"))["session_only"] is False
    assert await companion.child.terminate() == 0


async def the_record_goes_on(companion: CompanionProcess, before: Parsed) -> None:
    """The same session, counted on, and told of once."""
    after = await companion.until_stream("the count goes on", is_live=True, viewer_count=120)
    assert (after["session_id"], after["started_at"]) == (before["session_id"], before["started_at"])
    assert after["peak_viewer_count"] == 120
    history = (await companion.history())["points"]
    assert [point["viewer_count"] for point in history] == [87, 120]
    assert {point["session_id"] for point in history} == {before["session_id"]}
    told = companion.rows("SELECT kind, count(*) FROM outbox_events WHERE kind LIKE 'stream%' GROUP BY kind")
    assert told == [("stream_online", 1)]
    assert companion.rows("PRAGMA integrity_check") == [("ok",)]


async def changed(page: Page, title: str | None) -> bool:
    shown = await page.locator(".card.shown").count()
    return shown == 1 and await page.locator("#title").text_content() not in (title, "", None)


async def test_twitch_goes_away_and_comes_back(simulator: SimulatorProcess, companion: CompanionProcess) -> None:
    await companion.start()
    await sign_in_to_both(companion)
    simulator.online(stream_id="41000052", viewers=64, silent=True)

    simulator.kill()
    await until(lambda: cut_off(companion), what="Companion says that live events are cut off")
    assert (await companion.stream())["is_live"] is False
    await simulator.start()

    await companion.until_stream("what was missed is found", is_live=True, viewer_count=64)
    await companion.until_listening()
    entries = (await companion.ask("feed.list"))["entries"]
    gaps = [entry["text"] for entry in entries if entry["kind"] == "gap"]
    assert len(gaps) == 1, entries
    assert gaps[0].startswith("Live events from Twitch were cut off")
    assert [entry["kind"] for entry in entries].count("stream_online") == 1
    simulator.post("/sim/stream/offline")
    await companion.until_stream("live events are heard again", is_live=False)


async def cut_off(companion: CompanionProcess) -> bool:
    lamps = (await companion.ask("connections.list"))["connections"]
    return any(lamp["name"] == "eventsub" and lamp["level"] != "good" for lamp in lamps)
