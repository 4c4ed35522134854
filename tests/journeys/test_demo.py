"""`companion --demo --headless`: alive within seconds, without accounts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.helpers.companion import CompanionProcess, Parsed
from tests.helpers.waiting import until

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


async def song(companion: CompanionProcess) -> Parsed:
    picture = (await companion.ask("playback.get_state"))["picture"]
    return picture if picture and picture["track"] and picture["is_playing"] else None


async def moved(companion: CompanionProcess) -> bool:
    counts = {point["viewer_count"] for point in (await companion.history())["points"]}
    return len(counts) > 1
