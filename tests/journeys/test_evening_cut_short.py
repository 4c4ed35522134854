"""The plug is pulled three times in one evening; by the ledger it ends as if nothing had happened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, WebSocket

from tests.helpers.chromium import open_page
from tests.helpers.secrets_scan import files_below, leaks
from tests.helpers.waiting import until
from tests.journeys.on_air import OnAir

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]
FIRST, SECOND = "Kiln Song", "Half a Harbour"


async def test_whatever_the_plug_interrupts_ends_once(secret_service: None, browser: Browser, tmp_path: Path) -> None:
    on_air = OnAir(tmp_path, resume_minutes=10)
    try:
        await on_air.start()
        await on_air.go_live(speed=2)
        page = await open_page(browser, "about:blank")
        frames = frames_of(page)
        await page.goto(await on_air.companion.overlay("raffle"))
        await on_air.roll_and_settle("tinkerwren")

        held, waiting = await cut_while_held_and_waiting(on_air)
        await cut_while_handed_over(on_air, held)
        await cut_while_playing(on_air, held)
        await on_air.until_settled(held, "fulfilled")
        await until(lambda: on_air.queued_by_app(SECOND), what="the next one is handed over")
        await on_air.skip()
        await on_air.until_settled(waiting, "fulfilled")
        await on_air.roll_and_settle("mothlamp")
        await on_air.skip()
        await until(lambda: on_air.played(2), what="both stand in the history")

        await the_seed_is_nowhere(on_air, frames)
        await page.context.close()
        await each_once(on_air)
    finally:
        on_air.kill()


async def cut_while_held_and_waiting(on_air: OnAir) -> tuple[str, str]:
    """Two requests stand in the queue, nothing is handed over: first because it is too early, then on hold."""
    await on_air.companion.ask("song_queue.set_settings", settings={"hand_over": "late"})
    first = on_air.request(FIRST, "fennelbrook")
    await on_air.until_said(FIRST)
    second = on_air.request(SECOND, "mothlamp")
    await on_air.until_said(SECOND)
    await on_air.companion.ask("hold.set", held=True)

    await pull_the_plug(on_air)

    assert (await on_air.companion.ask("hold.get"))["held"] is True
    assert await on_air.states() == {first: "waiting", second: "waiting"}
    await on_air.companion.ask("song_queue.set_settings", settings={"hand_over": "early"})
    assert on_air.queued_by_app(FIRST) == []
    await on_air.companion.ask("hold.set", held=False)
    await on_air.until_state(first, "handed_over")
    return first, second


async def cut_while_handed_over(on_air: OnAir, request_id: str) -> None:
    shutil.rmtree(on_air.companion.data / "backups")  # so that the next start makes one, with an open epoch in it
    await pull_the_plug(on_air)
    await on_air.until_state(request_id, "handed_over")
    assert len(on_air.queued_by_app(FIRST)) == 1


async def cut_while_playing(on_air: OnAir, request_id: str) -> None:
    """As soon as it plays, most likely before Companion has seen it."""
    await on_air.skip()
    await until(lambda: on_air.started(FIRST), what="it plays")
    await pull_the_plug(on_air)
    assert on_air.settled(request_id) in ([], ["fulfilled"])


async def pull_the_plug(on_air: OnAir) -> None:
    """SIGKILL, and the next start."""
    on_air.companion.kill()
    await on_air.companion.start("--log-level", "debug")
    await on_air.until_listening_again()


def frames_of(page: Page) -> list[str]:
    """Everything that the page is sent from now on."""
    frames: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", opened)
    return frames


async def the_seed_is_nowhere(on_air: OnAir, frames: list[str]) -> None:
    """But in the database, while the epoch is open: not in copies and logs, not in answers, not on the page."""
    companion = on_air.companion
    ((seed, number),) = companion.rows("SELECT seed, number FROM raffle_epochs WHERE state = 'open'")
    backups = list((companion.data / "backups").glob("*.db"))
    assert backups and len(frames) > 3
    answers = companion.folder / "answers.json"
    told = [await companion.ask(f"keyboard_raffle.{read}") for read in ("view", "verify", "get_leaderboard")]
    refused = await companion.refused("keyboard_raffle.export_proof", epoch=number)
    answers.write_text(json.dumps([*told, str(refused), *frames, *on_air.said()]), "utf-8")
    written = [*backups, *files_below(companion.data / "logs"), answers, *companion.folder.glob("companion-*.*")]
    assert leaks(written, [seed]) == []
    assert leaks([companion.data / "companion.db", companion.data / "companion.db-wal"], [seed]) != []


async def each_once(on_air: OnAir) -> None:
    """Each song was handed over once, each line stood in chat once, and the rolls are as the seed makes them."""
    companion, simulator = on_air.companion, on_air.simulator
    simulator.post("/sim/stream/offline")
    await companion.until_stream("offline", is_live=False)
    assert await companion.child.terminate() == 0  # the session ends with it
    await companion.start("--log-level", "debug")
    await on_air.until_said("Its seed: ")
    verdict = await companion.ask("keyboard_raffle.verify")
    assert (verdict["sound"], [epoch["rolls"] for epoch in verdict["epochs"]]) == (True, [2])
    assert [len(on_air.queued_by_app(title)) for title in (FIRST, SECOND)] == [1, 1]
    assert len(simulator.ledger("redemption_fulfilled")) == 4 and simulator.ledger("redemption_canceled") == []
    told = on_air.said()
    assert len(set(told)) == len(told), told
    assert len([line for line in told if "unlocked Opening Track" in line]) == 2
    history = (await companion.ask("song_queue.get_history"))["songs"]
    assert [song["track"]["title"] for song in history] == [SECOND, FIRST]
    await on_air.check_sound()
