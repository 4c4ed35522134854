"""`companion --demo --headless`: alive within seconds, without accounts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.helpers.companion import CompanionProcess, Parsed
from tests.helpers.waiting import until
from tests.journeys.on_air import warnings

LOOKED_AT = 45.0
"""Seconds of the demo's life."""
pytestmark = pytest.mark.timeout(120)


async def test_the_demo_lives(tmp_path: Path) -> None:
    companion = CompanionProcess(tmp_path, simulator=None)
    begun = time.monotonic()
    child = companion.launch("--demo", "--port", "0")
    try:
        await companion.until_answers()
        live = await companion.until_stream("the stream is live", is_live=True)
        playing = await until(lambda: song(companion), what="a song plays", hint=child.told)
        print(f"alive after {time.monotonic() - begun:.1f} s")
        assert live["viewer_count"] is None or live["viewer_count"] > 0
        assert playing["track"]["title"] and playing["track"]["artists"] and playing["track"]["cover_url"]

        await until(lambda: moved(companion), what="the viewers move", hint=child.told)

        told = await companion.command("ctl", "connections.list")
        lamps = {lamp["name"]: lamp["level"] for lamp in json.loads(told.out)["connections"]}
        assert {lamps["twitch"], lamps["eventsub"], lamps["spotify"], lamps["overlays"]} == {"good"}, lamps
        assert f"live: {await companion.overlay('live')}\n" in child.out
        assert await child.terminate() == 0
    finally:
        companion.kill()


async def test_whoever_looks_at_the_demo_for_a_minute_sees_everything_settled(tmp_path: Path) -> None:
    """Its crowd redeems, rolls, chats, raids; nothing needs the streamer, nothing is lost, nothing is complained of."""
    companion = CompanionProcess(tmp_path, simulator=None)
    child = companion.launch("--demo", "--port", "0", "--log-level", "debug")
    begun = time.monotonic()
    try:
        await companion.until_answers()
        await until(lambda: has_lived(companion), what="a song, a roll and an unlock", patience=60, hint=child.told)
        left = max(begun + LOOKED_AT - time.monotonic(), 0)
        await until(lambda: time.monotonic() > begun + LOOKED_AT, what="time passes", patience=left + 1)

        assert (await companion.ask("sagas.needs_you"))["runs"] == []
        for method in ("event_bus.dead_letters", "event_inbox.dead_letters"):
            assert (await companion.ask(method))["dead_letters"] == []
        runs = (await companion.ask("sagas.list"))["runs"]
        assert {run["status"] for run in runs} <= {"running", "waiting", "completed", "compensating", "failed"}, runs
        ledger = (companion.data / "simulator" / "ledger.jsonl").read_text("utf-8").splitlines()
        settled = [entry for entry in map(json.loads, ledger) if entry["kind"] == "redemption_fulfilled"]
        assert len(settled) == len({entry["redemption_id"] for entry in settled}) >= 2
        kinds = {entry["kind"] for entry in (await companion.ask("feed.list"))["entries"]}
        assert kinds >= {"song_request_success", "raffle_roll", "achievement_unlocked", "follow", "cheer"}, kinds
        assert await child.terminate() == 0
        told = warnings(companion)
        assert not told, told
    finally:
        companion.kill()


async def has_lived(companion: CompanionProcess) -> bool:
    """At least one song is played and paid for, one roll rolled, one achievement told of."""
    succeeded = [run["kind"] for run in (await companion.ask("sagas.list", statuses=["completed"]))["runs"]]
    unlocked = (await companion.ask("achievements.get_unlocked"))["unlocked"]
    told = any(unlock["announcement"] == "sent" for unlock in unlocked)
    return told and {"song_request", "raffle"} <= set(succeeded)


async def song(companion: CompanionProcess) -> Parsed:
    picture = (await companion.ask("playback.get_state"))["picture"]
    return picture if picture and picture["track"] and picture["is_playing"] else None


async def moved(companion: CompanionProcess) -> bool:
    counts = {point["viewer_count"] for point in (await companion.history())["points"]}
    return len(counts) > 1
