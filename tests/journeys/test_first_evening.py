"""A streamer's first evening: sign in, go live, be watched, play music, end the stream; in real processes."""

from __future__ import annotations

import itertools
import os
import re
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.helpers.children import Child, companion_command
from tests.helpers.chromium import PATIENCE_MS, is_on_stage, open_page, shows
from tests.helpers.companion import CompanionProcess
from tests.helpers.secrets_scan import files_below, leaks
from tests.helpers.simulator import STREAMER, SimulatorProcess
from tests.helpers.waiting import until

TERMINALS = itertools.count(1)
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


def login(
    companion: CompanionProcess, simulator: SimulatorProcess, provider: str, environ: dict[str, str] | None = None
) -> Child:
    """`companion login` as a person types it, in a terminal of its own."""
    arguments = ("login", provider, "--simulator", simulator.url, "--data-dir", str(companion.data))
    return Child(
        companion_command(*arguments), folder=companion.folder, name=f"login-{next(TERMINALS)}", environ=environ
    )


async def address_in(terminal: Child) -> str:
    """The address that the terminal tells the person to open."""

    def told() -> str:
        assert not terminal.ended, terminal.told()
        found = re.search(r"^Open (\S+)$", terminal.out, re.MULTILINE)
        return found[1] if found and "(until" in terminal.out else ""

    return await until(told, what="an address to open", hint=terminal.told)


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def sign_in_to_twitch(browser: Browser, companion: CompanionProcess, simulator: SimulatorProcess) -> str:
    """The whole way of the device code; the answer is what the terminal said."""
    with login(companion, simulator, "twitch") as terminal:
        page = await open_page(browser, await address_in(terminal))
        code = re.search(r"^and confirm the code (\S+)$", terminal.out, re.MULTILINE)
        assert code is not None, terminal.told()
        await shows(page, ".code", code[1].replace("-", ""))
        await press(page, "Authorize")
        assert await terminal.wait() == 0, terminal.told()
        await page.context.close()
        assert terminal.err == ""
        return terminal.out


async def sign_in_to_spotify(browser: Browser, companion: CompanionProcess, simulator: SimulatorProcess) -> str:
    """The whole way through the authorize page to the page of our own listener."""
    with login(companion, simulator, "spotify") as terminal:
        address = await address_in(terminal)
        asked = parse_qs(urlsplit(address).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
        page = await open_page(browser, address)
        await press(page, "Agree")
        await expect(page.get_by_role("heading", name="Spotify said yes")).to_be_visible(timeout=PATIENCE_MS)
        assert page.url.startswith(asked["redirect_uri"][0])
        assert await terminal.wait() == 0, terminal.told()
        await page.context.close()
        assert terminal.err == ""
        return terminal.out


async def test_signed_in_while_companion_runs_then_a_whole_stream(
    browser: Browser, simulator: SimulatorProcess, companion: CompanionProcess
) -> None:
    await companion.start("--log-level", "debug")
    assert (await companion.ask("twitch_token.status"))["phase"] == "not_configured"

    assert f"Signed in to Twitch as {STREAMER}." in await sign_in_to_twitch(browser, companion, simulator)
    assert "Signed in to Spotify as Harbor Lantern." in await sign_in_to_spotify(browser, companion, simulator)
    status = await companion.until_token("twitch", phase="authorized")
    assert status["account"]["display_name"] == STREAMER
    assert (await companion.ask("spotify_token.status"))["phase"] == "authorized"
    await companion.until_listening()

    simulator.play()
    live = await open_page(browser, await companion.overlay("live"))
    song = await open_page(browser, await companion.overlay("now-playing"))
    await is_on_stage(live)
    await shows(live, "#word", "Offline")
    session = await it_goes_live(simulator, companion, live)
    await it_shows_what_plays(song, companion)
    await it_goes_offline(simulator, companion, live, session)

    assert await companion.child.terminate() == 0
    assert told(companion) == ["stream_online", "stream_offline", "stream_session_ended"]
    assert leaks(files_below(companion.data), simulator.issued()) == []
    assert leaks(companion.folder.glob("companion-*.*"), simulator.issued()) == []


async def it_goes_live(simulator: SimulatorProcess, companion: CompanionProcess, page: Page) -> str:
    """The answer is the session."""
    simulator.online(stream_id="41000011", viewers=143)

    state = await companion.until_stream("the stream is live and counted", is_live=True, viewer_count=143)
    assert (state["stream_id"], state["ended_at"], state["peak_viewer_count"]) == ("41000011", None, 143)
    assert [point["viewer_count"] for point in (await companion.history())["points"]] == [143]
    assert len(companion.rows("SELECT due FROM alarms WHERE name = 'poll-viewers'")) == 1
    await shows(page, "#word", "LIVE")
    await shows(page, "#viewers", "143")
    return str(state["session_id"])


async def it_goes_offline(simulator: SimulatorProcess, companion: CompanionProcess, page: Page, session: str) -> None:
    """For now: the session stays open until the resume window is over."""
    simulator.post("/sim/stream/offline")

    over = await companion.until_stream("the stream is offline for now", is_live=False, session_id=session)
    assert over["resume_until"] is not None and over["ended_at"] is not None
    await shows(page, "#word", "Offline")
    await expect(page.locator("#last")).to_contain_text("peak 143", timeout=PATIENCE_MS)
    assert told(companion) == ["stream_online", "stream_offline"]


def told(companion: CompanionProcess) -> list[str]:
    """The lifecycle's events, in order."""
    rows = companion.rows("SELECT kind FROM outbox_events WHERE kind LIKE 'stream%' ORDER BY position")
    return [kind for (kind,) in rows]


async def it_shows_what_plays(page: Page, companion: CompanionProcess) -> None:
    async def title() -> str:
        picture = (await companion.ask("playback.get_state"))["picture"]
        return str(picture["track"]["title"]) if picture and picture["track"] else ""

    playing = await until(title, what="Companion knows the song", hint=companion.child.told)
    await is_on_stage(page)
    await shows(page, "#title", playing)
    await expect(page.locator("#time")).to_contain_text(" / ", timeout=PATIENCE_MS)
    await expect(page.locator("#cover")).to_be_visible(timeout=PATIENCE_MS)


async def test_signed_in_while_companion_does_not_run(
    secret_service: None, browser: Browser, simulator: SimulatorProcess, companion: CompanionProcess
) -> None:
    assert f"Signed in to Twitch as {STREAMER}." in await sign_in_to_twitch(browser, companion, simulator)
    assert "Signed in to Spotify as Harbor Lantern." in await sign_in_to_spotify(browser, companion, simulator)
    assert simulator.count("twitch.refresh") == 0

    await companion.start()

    status = await companion.until_token("twitch", phase="authorized", session_only=False)
    assert status["account"]["display_name"] == STREAMER
    await companion.until_listening()
    simulator.online()
    await companion.until_stream("the stream is live", is_live=True, viewer_count=87)
    assert (simulator.count("twitch.refresh"), simulator.count("spotify.refresh")) == (0, 0)

    with login(companion, simulator, "twitch") as terminal:
        page = await open_page(browser, await address_in(terminal))
        await page.select_option("#account", label="QuietQuarry")
        await press(page, "Authorize")
        assert await terminal.wait() == 1  # nobody types `y`
        assert f"This data belongs to {STREAMER}, but you signed in as QuietQuarry." in terminal.out
        await page.context.close()
    assert (await companion.ask("twitch_token.status"))["account"]["display_name"] == STREAMER

    signed_out = await companion.command("logout", "twitch")
    assert (signed_out.code, signed_out.out) == (0, "Signed out of Twitch.\n"), signed_out.err
    assert simulator.count("twitch.revoke") == 1
    assert await companion.child.terminate() == 0

    await companion.start()
    assert (await companion.ask("twitch_token.status"))["phase"] == "not_configured"
    assert (await companion.until_token("spotify", phase="authorized"))["session_only"] is False


async def test_saying_no_on_either_page_signs_nobody_in(
    browser: Browser, simulator: SimulatorProcess, companion: CompanionProcess
) -> None:
    with login(companion, simulator, "spotify") as terminal:
        page = await open_page(browser, await address_in(terminal))
        await press(page, "Cancel")
        await expect(page.get_by_role("heading", name="Nothing was connected")).to_be_visible(timeout=PATIENCE_MS)
        assert await terminal.wait() == 1
        assert "You pressed Cancel on the sign-in page." in terminal.err
        await page.context.close()

    assert simulator.count("spotify.code") == 0


async def test_without_a_client_id_the_terminal_says_what_to_do(companion: CompanionProcess) -> None:
    (companion.data / "settings.toml").unlink()

    for provider in ("twitch", "spotify"):
        refused = await companion.command("login", provider)
        assert refused.code == 1
        assert "No client ID is set yet." in refused.err
        assert "Traceback" not in refused.err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a keyring")
async def test_without_companion_and_without_a_keyring_nobody_is_signed_in(
    browser: Browser, simulator: SimulatorProcess, companion: CompanionProcess
) -> None:
    desktop = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY")
    bare = {name: value for name, value in os.environ.items() if name not in desktop}
    with login(companion, simulator, "spotify", environ=bare) as terminal:
        page = await open_page(browser, await address_in(terminal))
        await press(page, "Agree")
        assert await terminal.wait() == 1, terminal.told()
        assert "Start Companion, then sign in again." in terminal.err
        await page.context.close()

    await companion.start()
    assert (await companion.ask("spotify_token.status"))["phase"] == "not_configured"
