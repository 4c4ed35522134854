"""`companion ctl` and `companion --version`, `--self-test`: what scripts build on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from companion import __version__
from tests.helpers.companion import CompanionProcess, run_companion

pytestmark = pytest.mark.timeout(120)


async def test_exit_codes_of_ctl(tmp_path: Path) -> None:
    companion = CompanionProcess(tmp_path, simulator=None)
    never_started = await companion.command("ctl", "stream_lifecycle.ping")
    assert (never_started.code, never_started.out) == (3, "")
    assert "Companion is not running with this data folder." in never_started.err

    await companion.start()
    try:
        await its_answers(companion)
    finally:
        companion.kill()

    stopped = await companion.command("ctl", "stream_lifecycle.ping")
    assert (stopped.code, stopped.out) == (3, "")


async def its_answers(companion: CompanionProcess) -> None:
    fine = await companion.command("ctl", "stream_lifecycle.get_stream_state")
    assert (fine.code, fine.err) == (0, "")
    assert json.loads(fine.out)["is_live"] is False

    await companion.overlay("live")
    overlays = json.loads((await companion.command("ctl", "overlay.urls")).out)["overlays"]
    assert overlays.keys() == {"live", "now-playing", "queue", "raffle", "achievement"}
    assert overlays["live"].startswith("http://127.0.0.1:")
    assert "/overlay/live?token=" in overlays["live"]

    typed = await companion.command("ctl", "stream_lifecycle.record_viewer_count", '{"count": 5}')
    assert (typed.code, typed.out) == (1, "")
    assert json.loads(typed.err)["data"] == {"error": "NotLive"}

    for arguments in (
        ("ctl", "stream_lifecycle.no_such_method"),
        ("ctl", "stream_lifecycle.record_viewer_count", '{"count": "many"}'),
        ("ctl", "stream_lifecycle.record_viewer_count", "{"),
        ("ctl",),
    ):
        wrong = await companion.command(*arguments)
        assert (wrong.code, wrong.out) == (2, ""), arguments
        assert wrong.err
        assert "Traceback" not in wrong.err


async def test_no_token_can_be_fetched_through_ctl(tmp_path: Path) -> None:
    companion = CompanionProcess(tmp_path, simulator=None)
    await companion.start()
    try:
        methods = await companion.ask("rpc.methods")
        of_tokens = [name for name in json.dumps(methods).split('"') if "_token." in name]
        assert sorted(set(of_tokens)) == ["spotify_token.status", "twitch_bot_token.status", "twitch_token.status"]
    finally:
        companion.kill()


async def test_version(tmp_path: Path) -> None:
    said = await run_companion("--version", folder=tmp_path)

    assert (said.code, said.out, said.err) == (0, f"Companion {__version__}\n", "")


async def test_self_test(tmp_path: Path) -> None:
    said = await run_companion("--self-test", folder=tmp_path)

    assert (said.code, said.out.splitlines()[-1]) == (0, "self-test passed"), said
    assert said.err == ""
