"""Rolls that can be checked, guests who are greeted, and what happens when everything is held or was missed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.helpers.chromium import PATIENCE_MS, is_on_stage, open_page, shows
from tests.helpers.waiting import until
from tests.journeys.on_air import OnAir

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]
PROOF_LINE = re.compile(r"^gustav_z, you rolled ([\d,]+) against ([\d,]+): ([\d,]+) away.* \(#(\d+) ([0-9a-f]{8})\)$")
REDEEMED = "channel.channel_points_custom_reward_redemption.add"
DATA = re.compile(r'(?<=id="proof">).*?(?=</script>)', re.DOTALL)


async def test_a_roll_is_shown_told_and_can_be_checked_by_anybody(
    browser: Browser, on_air: OnAir, tmp_path: Path
) -> None:
    companion = on_air.companion
    await on_air.go_live()
    page = await open_page(browser, await companion.overlay("raffle"))
    committed = (await companion.ask("keyboard_raffle.view"))["epoch"]
    assert committed["seed"] is None
    await on_air.until_said(committed["commitment"])

    rolled = on_air.roll("gustav_z")
    await on_air.until_settled(rolled, "fulfilled")
    found = PROOF_LINE.fullmatch(await on_air.until_said("gustav_z, you rolled"))
    assert found is not None
    await shows(page, "#who", "gustav_z")
    await shows(page, "#winning", found[2])
    await shows(page, "#distance", f"{found[3]} away · closest yet")
    await shows(page, "#proof", f"#{found[4]} · {found[5]}")
    await page.context.close()
    (roll,) = (await companion.ask("keyboard_raffle.view"))["recent"]
    assert (str(roll["entry"]), roll["chain"][:8]) == (found[4], found[5])
    await on_air.roll_and_settle("hanna_z")
    await on_air.end()

    number = committed["number"]
    epoch = (await companion.ask("keyboard_raffle.view"))["epoch"]
    assert (epoch["number"], epoch["state"], epoch["commitment"]) == (number, "revealed", committed["commitment"])
    assert epoch["seed"] in await on_air.until_said("Its seed: ")
    verdict = await companion.ask("keyboard_raffle.verify", epoch=number)
    assert (verdict["sound"], verdict["epochs"][0]["rolls"], verdict["epochs"][0]["problems"]) == (True, 2, [])
    proof = (await companion.ask("keyboard_raffle.export_proof", epoch=number))["html"]
    await the_proof_holds(browser, proof, tmp_path)
    await on_air.check_sound()


async def the_proof_holds(browser: Browser, proof: str, folder: Path) -> None:
    """Opened from a file it recomputes every roll, and notices one number that was changed."""
    page = await opened(browser, proof, folder)
    await expect(page.locator("#verdict")).to_have_class("good")
    await expect(page.locator("#facts")).to_contain_text("2 rolls")
    await page.close()
    data = DATA.search(proof)
    assert data is not None
    changed = json.loads(data[0])
    place = next(place for place, value in enumerate(changed["entries"][0]) if type(value) is int and value > 1)
    changed["entries"][0][place] -= 1
    page = await opened(browser, proof.replace(data[0], json.dumps(changed).replace("<", "\\u003c")), folder)
    await expect(page.locator("#verdict")).to_have_class("bad")
    await page.close()


async def opened(browser: Browser, text: str, folder: Path) -> Page:
    file = folder / "proof.html"
    file.write_text(text, "utf-8")
    page = await open_page(browser, file.as_uri())
    await expect(page.locator("#verdict")).not_to_have_text("Computing…")
    return page


async def test_guests_are_thanked_shouted_out_and_told_of_once(on_air: OnAir) -> None:
    simulator = on_air.simulator
    await on_air.go_live()
    for login, viewers in (("mossybellows", 42), ("quietquarry", 7)):
        simulator.raid(login, viewers)
    thanked = [await on_air.until_said(f"{name}, thank you for the raid") for name in ("MossyBellows", "QuietQuarry")]
    assert ["with 42 viewers" in thanked[0], "with 7 viewers" in thanked[1]] == [True, True]
    await until(lambda: simulator.ledger("shoutout"), what="the first raider is shouted out")

    simulator.post("/sim/follow", viewer={"login": "ida_z", "name": "Ida_Z"})
    simulator.post("/sim/subscribe", viewer={"login": "jan_z", "name": "Jan_Z"})
    simulator.post("/sim/cheer", viewer={"login": "kai_z", "name": "Kai_Z"}, bits=250)
    simulator.post("/sim/gift", viewer={"login": "lea_z", "name": "Lea_Z"}, total=5)
    told = {
        "follow": ["Ida_Z follows the channel."],
        "subscription": ["Jan_Z subscribed."],
        "cheer": ["Kai_Z cheered 250 bits."],
        "gift": ["Lea_Z gave away 5 subscriptions."],
        "raid": ["QuietQuarry came over with 7 viewers.", "MossyBellows came over with 42 viewers."],
    }

    async def all_told() -> bool:
        return all([await on_air.feed(kind) for kind in told])

    await until(all_told, what="the feed tells of everybody", hint=on_air.companion.child.told)
    assert {kind: await on_air.feed(kind) for kind in told} == told

    # The second shout-out stands in line for two minutes, without a call to Twitch.
    raids = (await on_air.companion.ask("sagas.list", kind="raid"))["runs"]
    assert sorted(run["status"] for run in raids) == ["completed", "waiting"]
    assert [entry["to_id"] for entry in simulator.ledger("shoutout")] == ["900300"]
    await on_air.end()
    assert len(simulator.ledger("shoutout")) == 1
    await on_air.check_sound()


async def test_on_hold_everything_waits_and_goes_on_where_it_stopped(browser: Browser, on_air: OnAir) -> None:
    companion, simulator = on_air.companion, on_air.simulator
    page = await open_page(browser, await companion.overlay("now-playing"))
    await on_air.go_live(speed=10)
    await is_on_stage(page)
    first = on_air.request("Postcards to Nobody", "maya_z")
    await on_air.until_state(first, "handed_over")
    second = on_air.request("Tides of Copper", "nils_z")
    await on_air.until_state(second, "waiting")
    await on_air.until_said("“Tides of Copper”")

    simulator.chat("!hold", "mia_mod", roles=("moderator",))
    await until(lambda: held(on_air), what="everything is on hold")
    before = on_air.now()
    await expect(page.locator(".card.shown")).to_have_count(0, timeout=PATIENCE_MS)
    simulator.post("/sim/spotify/skip")
    simulator.chat("!song", "olga_z")
    await until(lambda: rewards_paused(on_air), what="nobody can redeem")
    await until(lambda: seen_playing(on_air, first), what="its song plays all the same")
    assert (on_air.said(after=before), on_air.settled(first), on_air.queued_by_app("Tides of Copper")) == ([], [], [])

    await companion.ask("hold.set", held=False)
    await is_on_stage(page)
    await on_air.until_settled(first, "fulfilled")
    await until(lambda: on_air.queued_by_app("Tides of Copper"), what="the next one is handed over")
    assert on_air.said("olga_z", after=before) == []  # an answer that comes too late is none
    await page.context.close()
    await on_air.end()
    await on_air.check_sound()


async def held(on_air: OnAir) -> bool:
    return bool((await on_air.companion.ask("hold.get"))["held"])


async def rewards_paused(on_air: OnAir) -> bool:
    rewards = (await on_air.companion.ask("rewards.view"))["rewards"]
    return all(each["reward"]["is_paused"] for each in rewards)


async def seen_playing(on_air: OnAir, request_id: str) -> bool:
    return (await on_air.states()).get(request_id) == "playing"


async def test_what_was_redeemed_during_a_gap_is_recovered_and_the_feed_says_how_much(on_air: OnAir) -> None:
    await on_air.go_live()
    on_air.simulator.fault("notification_lost", subscription_type=REDEEMED, times=2)
    missed = [on_air.request("Copper Tides (Harbour Mix)", "paul_z"), on_air.roll("rosa_z")]
    on_air.simulator.fault("socket_dropped")

    await on_air.until_settled(missed[0], "fulfilled")
    await on_air.until_settled(missed[1], "fulfilled")
    await until(lambda: on_air.feed("gap"), what="the feed tells of the gap", hint=on_air.companion.child.told)
    (gap,) = await on_air.feed("gap")
    assert "Live events from Twitch were cut off" in gap and "Recovered: 2 redemptions." in gap
    await on_air.end()
    await on_air.check_sound()


async def test_without_channel_points_the_same_goes_by_command(tmp_path: Path) -> None:
    on_air = OnAir(tmp_path, broadcaster_type="")
    try:
        await on_air.start()
        simulator = on_air.simulator
        await on_air.go_live()
        await on_air.until_said("Its commitment: ")
        simulator.chat("!sr Kiln Song", "fennelbrook")
        simulator.chat("!roll", "tinkerwren")

        line = PROOF_LINE.fullmatch((await on_air.until_said("you rolled")).replace("tinkerwren", "gustav_z"))
        assert line is not None
        await on_air.until_said("“Kiln Song” by Tamsin Oake")
        await until(lambda: on_air.queued_by_app("Kiln Song"), what="it is handed over")
        await on_air.skip()
        await on_air.until_said("Opening Track")
        await on_air.skip()
        await until(lambda: on_air.played(1), what="it stands in the history")
        await on_air.end()
        history = (await on_air.companion.ask("song_queue.get_history"))["songs"]
        assert [(song["track"]["title"], song["source"]) for song in history] == [("Kiln Song", "command")]
        assert (await on_air.companion.ask("keyboard_raffle.verify"))["epochs"][0]["rolls"] == 1
        assert simulator.rewards() == [] and simulator.ledger("redemption_made") == []
        await on_air.check_sound()
    finally:
        on_air.kill()
