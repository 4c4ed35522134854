"""Song requests from the viewer's points to the song on air, over real processes, with the ledger as the judge."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import partial

import pytest
from playwright.async_api import Browser, Page, expect

from tests.helpers.chromium import PATIENCE_MS, open_page, shows
from tests.helpers.waiting import until
from tests.journeys.on_air import OnAir, uri_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def test_a_song_is_paid_for_handed_over_early_played_and_settled_once(browser: Browser, on_air: OnAir) -> None:
    companion = on_air.companion
    pages = {name: await open_page(browser, await companion.overlay(name)) for name in ("queue", "now-playing")}
    achievement = await open_page(browser, await companion.overlay("achievement"))
    unlocked = asyncio.ensure_future(unlocks(achievement, 2))
    await on_air.go_live()

    first = on_air.request("Kiln Song", "fennelbrook")
    await on_air.until_state(first, "handed_over")
    second = on_air.request(uri_of("Half a Harbour"), "tinkerwren")
    await on_air.until_state(second, "waiting")
    await expect(pages["queue"].locator("#rows .row")).to_have_count(2, timeout=PATIENCE_MS)

    await until(lambda: on_air.started("Kiln Song"), what="Kiln Song plays")
    await shows(pages["now-playing"], "#title", "Kiln Song")
    await shows(pages["queue"], "#for", "For \u2068fennelbrook\u2069")
    for redemption in (first, second):
        await on_air.until_settled(redemption, "fulfilled")
    await until(lambda: on_air.played(2), what="both stand in the history")
    await handed_over_one_by_one(on_air)
    await it_is_counted(on_air)
    assert await unlocked == {"Opening Track", "First Needle"}
    await on_air.end()
    await each_line_stood_in_chat_once(on_air)
    for page in (*pages.values(), achievement):
        await page.context.close()
    await on_air.check_sound()


async def unlocks(page: Page, count: int) -> set[str]:
    """The names of so many different achievements as they come up on the page."""
    found: set[str] = set()

    async def look() -> bool:
        if await page.locator(".card.shown").count():
            found.add(await page.locator("#name").inner_text())
        return len(found) == count

    await until(look, what=f"{count} achievements are shown")
    return found


async def handed_over_one_by_one(on_air: OnAir) -> None:
    """The first at once, behind what plays; the next as soon as the first was seen playing."""
    (first,), (second,) = on_air.queued_by_app("Kiln Song"), on_air.queued_by_app("Half a Harbour")
    (begun,) = on_air.started("Kiln Song")
    ended = on_air.simulator.ledger("song_ended", uri=uri_of("Kiln Song"))[0]
    assert first["n"] < begun["n"] < second["n"] < ended["n"]


async def it_is_counted(on_air: OnAir) -> None:
    companion = on_air.companion
    history = (await companion.ask("song_queue.get_history"))["songs"]
    assert [(song["track"]["title"], song["viewer"]["login"], song["skipped"]) for song in history] == [
        ("Half a Harbour", "tinkerwren", False),
        ("Kiln Song", "fennelbrook", False),
    ]
    assert all(song["fulfilled_at"] for song in history)
    tracks = (await companion.ask("song_queue.top_tracks"))["tracks"]
    assert {track["track"]["title"]: track["count"] for track in tracks} == {"Kiln Song": 1, "Half a Harbour": 1}
    requesters = (await companion.ask("song_queue.top_requesters"))["requesters"]
    assert {one["viewer"]["login"]: one["count"] for one in requesters} == {"fennelbrook": 1, "tinkerwren": 1}
    card = await companion.ask("achievements.get_viewer", name="@FennelBrook")
    earned = {one["definition"]["id"] for one in card["achievements"] if one["unlocked_at"]}
    assert earned == {"first_request", "stream_opener"}


async def each_line_stood_in_chat_once(on_air: OnAir) -> None:
    told = on_air.said()
    assert len([line for line in told if line.startswith("fennelbrook") and "Kiln Song" in line]) == 1
    assert len([line for line in told if line.startswith("tinkerwren") and "Half a Harbour" in line]) == 1
    for name, title in (("fennelbrook", "Opening Track"), ("fennelbrook", "First Needle")):
        assert len([line for line in told if name in line and title in line]) == 1, told
    assert len(set(told)) == len(told)


REFUSED = {
    "an album": ("https://open.spotify.com/album/4aawyAB9vmqN3uQ7FjRGTy", "This is an album, please send the link"),
    "an unknown song": (f"spotify:track:{'0' * 22}", "Spotify knows no such song."),
    "nothing found": ("qqxxzz 000111222", "Nothing like that was found on Spotify."),
    "a blocked artist": ("Swear Jar", "Songs by Gutter Parade are not played in this channel."),
    "a rule": ("Weißdorn im März", "“Weißdorn im März” is in the queue already."),
}


async def test_a_refused_request_gives_the_points_back_and_says_why(on_air: OnAir) -> None:
    await on_air.companion.ask("song_queue.block", kind="artist", key="gutter parade", label="Gutter Parade")
    await on_air.go_live(speed=10)
    await on_air.until_state(on_air.request("Weißdorn im März", "mothlamp"), "handed_over", "playing")

    refused = {what: on_air.request(text, f"viewer{n}") for n, (what, (text, _)) in enumerate(REFUSED.items())}
    for n, (what, (_, words)) in enumerate(REFUSED.items()):
        await on_air.until_settled(refused[what], "canceled")
        line = await on_air.until_said(words)
        assert line.startswith(f"viewer{n}: ")
        assert line.endswith(" Your points are back.")
        assert len(on_air.simulator.ledger("points_refunded", redemption_id=refused[what])) == 1
    assert len(await on_air.feed("song_request_refused")) == len(REFUSED)
    assert on_air.queued_by_app("Swear Jar") == []
    await on_air.end()
    await on_air.check_sound()


async def test_taken_back_skipped_added_by_hand_and_whose_each_song_is(on_air: OnAir) -> None:
    simulator = on_air.simulator
    await on_air.go_live(speed=10)
    mine = on_air.request("Under the Allotment", "anna_z")
    await on_air.until_state(mine, "handed_over")
    wrong = on_air.request("Nine Moths", "bertil_z")
    await on_air.until_state(wrong, "waiting")

    simulator.chat("!wrongsong", "bertil_z")
    await on_air.until_settled(wrong, "canceled")
    simulator.post("/sim/spotify/queue", items=["Brass Umbrella"])
    theirs = on_air.request("Second-Hand Comet", "cleo_z")
    await on_air.until_state(theirs, "waiting")

    before = on_air.now()
    simulator.chat("!skip", "dora_z")  # not a moderator: nothing happens
    for redemption in (mine, theirs):
        await skip_until(on_air, partial(is_settled, on_air, redemption))
        await on_air.until_settled(redemption, "fulfilled")
    (first,) = on_air.started("Under the Allotment")
    (by_hand,) = on_air.started("Brass Umbrella")
    (last,) = on_air.started("Second-Hand Comet")
    assert first["n"] < by_hand["n"] < last["n"]
    assert on_air.started("Nine Moths") == [] and on_air.queued_by_app("Nine Moths") == []
    skips = simulator.ledger("song_skipped", after=before)
    assert len(skips) == len(on_air.said("mia_mod: skipped ", after=before)) >= 3

    await skip_until(on_air, partial(played_by, on_air, "cleo_z"))
    songs = (await on_air.companion.ask("song_queue.get_history", limit=2))["songs"]
    assert [(song["viewer"]["login"], song["skipped"]) for song in songs] == [("cleo_z", True), ("anna_z", True)]
    await on_air.end()
    await on_air.check_sound()


async def skip_until(on_air: OnAir, done: Callable[[], Coroutine[object, object, bool]]) -> None:
    """A moderator skips, song after song."""
    for _ in range(6):
        await on_air.skip()
        with contextlib.suppress(AssertionError):
            await until(done, what="the song is seen", patience=4.0)
            return
    raise AssertionError("it never came")


async def is_settled(on_air: OnAir, redemption_id: str) -> bool:
    return on_air.settled(redemption_id) != []


async def played_by(on_air: OnAir, login: str) -> bool:
    songs = (await on_air.companion.ask("song_queue.get_history", limit=1))["songs"]
    return bool(songs) and bool(songs[0]["viewer"]["login"] == login)


async def test_without_a_device_it_waits_and_at_the_end_the_unheard_is_paid_back(on_air: OnAir) -> None:
    simulator = on_air.simulator
    await on_air.go_live(speed=20)
    simulator.post("/sim/spotify/device", id=None)
    held = on_air.request("Żuraw nad stocznią", "emil_z")

    async def told() -> bool:
        reason = (await on_air.queue())["paused_reason"]
        return bool(reason == "Spotify has no active device. Press play in Spotify, the request goes on by itself.")

    await until(told, what="the streamer is told", hint=on_air.companion.child.told)
    assert on_air.settled(held) == [] and on_air.queued_by_app("Żuraw nad stocznią") == []
    simulator.post("/sim/spotify/device", id="desktop")
    simulator.play()
    await on_air.until_settled(held, "fulfilled")
    assert len(on_air.queued_by_app("Żuraw nad stocznią")) == 1

    handed = on_air.request("Gravel Heart", "finn_z")
    await on_air.until_state(handed, "handed_over")
    waiting = on_air.request("Snow on the Switchboard", "gesa_z")
    await on_air.until_state(waiting, "waiting")
    simulator.post("/sim/spotify/pause")
    await on_air.end()
    for redemption, name in ((handed, "finn_z"), (waiting, "gesa_z")):
        await on_air.until_settled(redemption, "canceled")
        line = await on_air.until_said(f"{name}: The stream ended before your song could play.")
        assert line.endswith(" Your points are back.")
    await on_air.check_sound()
