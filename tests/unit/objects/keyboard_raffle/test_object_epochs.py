"""Epochs: committed in chat first, closed with the session, revealed once, never used in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.keyboard_raffle import chain
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain, SayError, Sent
from companion.ports.failures import NetworkDown
from companion.ports.raffle import Admitted, BadRaffleSettings, NotAdmitted, RaffleSettings, WaitForEpoch
from tests.fakes.runtime import Killed, allow_writes, refuse_writes
from tests.unit.objects.keyboard_raffle.stage import Stage, after


async def test_going_live_commits_in_chat_before_anything_is_rolled(stage: Stage) -> None:
    await stage.online()

    committed = chain.commitment(seed=stage.seeds[0].hex(), epoch=1, range_=10_000, channel_id="900100")
    assert stage.voice.said == [f"Raffle 1 is open, numbers 1 to 10,000. Its commitment: {committed}"]
    assert (stage.epoch.state, stage.epoch.commitment, stage.epoch.seed) == ("opening", committed, None)
    assert stage.roll(stage.wish()) == Err(NotAdmitted("no_epoch"))
    assert stage.told == []

    await stage.open()
    assert stage.epoch.committed_at == after(1)
    assert stage.told == [(1, None)]


async def test_no_epoch_opens_while_the_raffle_is_off(stage: Stage) -> None:
    stage.switched_on = False
    await stage.online()

    assert stage.raffle.view().epoch is None
    assert stage.voice.said == []


async def test_twitchs_time_of_our_line_decides_who_may_roll(stage: Stage) -> None:
    await stage.online()
    await stage.see(after(5))

    assert stage.admit(stage.wish("early", at=after(5))) == NotAdmitted("too_early")
    assert stage.admit(stage.wish("late", at=after(5.001))) == Admitted()
    assert stage.roll(stage.wish("early", at=after(5))) == Err(NotAdmitted("too_early"))


async def test_our_own_clock_has_to_do_when_eventsub_does_not_show_the_line(stage: Stage) -> None:
    await stage.online()
    await stage.rig.pass_time(9)
    assert stage.epoch.state == "opening"
    await stage.rig.pass_time(2)

    assert (stage.epoch.state, stage.epoch.committed_at) == ("open", after(0))
    stage.rolled(stage.wish("r-1", at=after(2)))
    await stage.see(after(3))
    assert stage.epoch.committed_at == after(3)  # the later of both, from now on
    assert stage.roll(stage.wish("r-2", at=after(2))) == Err(NotAdmitted("too_early"))
    (verdict,) = expect_ok(await stage.raffle.verify(1)).epochs
    assert verdict.problems == ("entry 1: redeemed before the commitment was public",)


async def test_a_line_that_eventsub_shows_before_helix_answers_counts(stage: Stage) -> None:
    say = stage.voice.say

    async def shown_first(text: str, *, reply_to: str | None = None, patience: float = 10.0) -> object:
        expect_ok(await stage.raffle.commitment_seen("said-1", after(0.5)))
        return await say(text, reply_to=reply_to, patience=patience)

    stage.voice.say = shown_first  # type: ignore[method-assign, assignment]  # one call, made late
    await stage.online()

    assert (stage.epoch.state, stage.epoch.committed_at) == ("open", after(0.5))


async def test_a_redemption_waits_and_is_woken_when_the_epoch_opens(stage: Stage) -> None:
    wish = stage.wish("r-1", at=after(0))
    assert stage.admit(wish) == WaitForEpoch(after(120))  # it opened the epoch
    await stage.open()

    assert stage.woken == ["r-1"]
    assert stage.admit(wish) == NotAdmitted("too_early")


async def test_without_room_in_chat_a_redemption_waits_two_minutes(stage: Stage) -> None:
    stage.voice.errors.extend([ChatBusy(after(100)), *[ChatRefused(NetworkDown("gone"))] * 9])
    await stage.online()
    asked_at = stage.clock.now()
    assert stage.admit(stage.wish(), asked_at) == WaitForEpoch(after(120))
    await stage.rig.pass_time(119)
    assert stage.admit(stage.wish(), asked_at) == WaitForEpoch(after(120))
    await stage.rig.pass_time(1)

    assert stage.admit(stage.wish(), asked_at) == NotAdmitted("no_commitment")
    assert len(stage.seeds) == 1  # the commitment was never shown: the same seed is tried again
    stage.voice.errors.clear()
    await stage.rig.pass_time(600)
    assert len(stage.voice.said) == 1
    assert stage.epoch.state == "open"


async def test_while_everything_is_held_a_redemption_waits_on(stage: Stage) -> None:
    stage.voice.held = True
    await stage.online()
    asked_at = stage.clock.now()
    await stage.rig.pass_time(300)

    assert stage.admit(stage.wish(), asked_at) == WaitForEpoch(after(420))
    stage.voice.held = False
    await stage.rig.pass_time(30)
    assert len(stage.voice.said) == 1


@pytest.mark.parametrize("refusals", [[ChatOff("no permission")], [ChatDropped("rude")] * 3])
async def test_without_chat_the_commitment_is_shown_elsewhere(stage: Stage, refusals: list[ChatOff]) -> None:
    stage.voice.errors.extend(refusals)
    await stage.online()
    await stage.rig.pass_time(100)

    stage.rolled(stage.wish())
    await stage.end()
    assert stage.epoch.state == "revealed"
    assert stage.voice.said == []
    verified = expect_ok(await stage.raffle.verify())
    assert verified.sound
    assert "on the page, not in chat" in verified.not_proven[0]


@pytest.mark.expected_logs("not certain that the commitment")
async def test_a_commitment_in_doubt_costs_its_epoch(stage: Stage) -> None:
    stage.voice.errors.append(ChatUncertain())
    await stage.online()

    assert stage.told == []  # nobody could have rolled in it
    assert (stage.epoch.number, stage.epoch.state) == (2, "opening")
    assert len(stage.voice.said) == 1
    assert stage.seeds[0].hex() not in stage.voice.said[0]


@pytest.mark.expected_logs("not certain that the commitment", "is shown on the page")
async def test_while_chat_answers_nothing_few_epochs_are_lost_and_then_the_page_has_to_do(stage: Stage) -> None:
    stage.voice.errors.extend([ChatUncertain()] * 1000)
    await stage.online()
    tried = [(0.0, stage.epoch.number)]  # when an epoch was lost, and the number of the next one
    for second in range(1, 2001):
        await stage.rig.pass_time(1)
        if stage.epoch.number != tried[-1][1]:
            tried.append((float(second), stage.epoch.number))

    assert [second for second, _ in tried] == pytest.approx([0, 30, 90, 210, 450], abs=5)
    assert (stage.epoch.number, stage.epoch.state) == (7, "open")
    assert stage.told == [(7, None)]
    stage.rolled(stage.wish())
    verified = expect_ok(await stage.raffle.verify())
    assert verified.epochs == () and verified.sound
    assert verified.not_proven[0] == "Epochs 1 to 6: given up before anybody could roll."

    stage.voice.errors.clear()
    await stage.end()
    assert stage.told[1:] == [(7, stage.seeds[6].hex())]
    await stage.online("B")  # another session tries chat again
    assert [text[:8] for text in stage.voice.said] == ["Raffle 8"]


@pytest.mark.expected_logs("not certain that the commitment")
@pytest.mark.parametrize("spur", ["restart", "redemption", "online"])
async def test_nothing_makes_the_next_commitment_come_before_its_time(stage: Stage, spur: str) -> None:
    stage.voice.errors.extend([ChatUncertain()] * 2)
    await stage.online()
    assert (stage.epoch.number, len(stage.voice.said)) == (3, 0)
    await stage.rig.pass_time(10)
    if spur == "restart":
        await stage.restart()
    elif spur == "redemption":
        stage.admit(stage.wish())
    else:
        await stage.online("B")
    await stage.rig.pass_time(15)
    assert stage.voice.said == []

    await stage.rig.pass_time(10)
    assert [text[:8] for text in stage.voice.said] == ["Raffle 3"]
    assert len(stage.seeds) == 3


@pytest.mark.expected_logs("not certain that the commitment")
async def test_a_clock_that_is_set_back_does_not_keep_the_next_commitment_waiting(stage: Stage) -> None:
    stage.voice.errors.extend([ChatUncertain()] * 2)
    await stage.online()
    stage.clock.jump(timedelta(days=-1))
    await stage.restart()
    await stage.rig.pass_time(1)
    assert len(stage.voice.said) == 1


@pytest.mark.parametrize("fast", [timedelta(minutes=11), timedelta(minutes=-11)])
@pytest.mark.parametrize("chat", [True, False])
async def test_a_wrong_clock_of_this_machine_decides_nothing(stage: Stage, fast: timedelta, chat: bool) -> None:
    """EventSub does not show the commitment, or there is no chat at all: Twitch's time is reckoned."""
    stage.fast = fast
    if not chat:
        stage.voice.errors.append(ChatOff("no permission"))
    stage.voice.fast = fast
    await stage.online()
    await stage.rig.pass_time(11)
    assert stage.epoch.state == "open"

    twitch_now = stage.clock.now() - fast
    stage.rolled(stage.wish("r-1", at=twitch_now))
    assert stage.roll(stage.wish("r-2", at=twitch_now - timedelta(seconds=12))) == Err(NotAdmitted("too_early"))
    await stage.end()
    closed = stage.clock.now() - fast
    assert stage.admit(stage.wish("r-3", at=closed)) == NotAdmitted("closed")
    assert isinstance(stage.admit(stage.wish("r-4", at=closed + timedelta(seconds=1))), WaitForEpoch)


@pytest.mark.expected_logs("not certain that the commitment")
async def test_killed_while_the_commitment_is_sent(stage: Stage) -> None:
    async def killed(text: str, *, reply_to: str | None = None, patience: float = 10.0) -> object:
        stage.rig.transactions.dead = True
        raise Killed

    say = stage.voice.say
    stage.voice.say = killed  # type: ignore[method-assign, assignment]  # one call that never returns
    stage.live = True
    expect_ok(await stage.raffle.open())
    with pytest.raises(Killed):
        await stage.raffle.on_alarm("post")
    stage.voice.say = say  # type: ignore[method-assign]  # as it was
    await stage.restart()

    assert stage.epoch.number == 2
    assert [text[:8] for text in stage.voice.said] == ["Raffle 2"]


async def test_the_end_of_the_session_reveals_the_seed_once(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    rolled = stage.rolled(stage.wish())
    await stage.end()

    seed = stage.seeds[0].hex()
    assert stage.voice.said[1:] == [f"Raffle 1 is over, 1 entry, chain {rolled.chain[:8]}. Its seed: {seed}"]
    assert (stage.epoch.state, stage.epoch.seed) == ("revealed", seed)
    assert stage.told == [(1, None), (1, seed)]
    assert stage.roll(stage.wish("r-2")) == Err(NotAdmitted("no_epoch"))
    assert stage.admit(stage.wish("r-3", at=stage.clock.now())) == NotAdmitted("closed")
    await stage.end()  # delivered again
    await stage.restart()
    assert len(stage.voice.said) == 2


async def test_an_end_that_is_delivered_again_leaves_the_next_session_alone(stage: Stage) -> None:
    await stage.online("A")
    await stage.open()
    await stage.end("A")
    await stage.online("B")
    await stage.open()
    stage.live = True
    await stage.end("A")

    assert (stage.epoch.number, stage.epoch.state) == (2, "open")


async def test_a_reveal_waits_for_chat_and_is_not_lost(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    stage.voice.errors.append(ChatRefused(NetworkDown("gone")))
    await stage.end()

    assert (stage.epoch.state, stage.epoch.seed) == ("closed", None)
    await stage.restart()
    assert stage.epoch.state == "revealed"


async def test_at_the_stop_the_seed_is_told_without_an_alarm_and_nothing_else(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    expect_ok(stage.roll(stage.wish()))
    stage.rig.alarms.disarm()
    said = len(stage.voice.said)
    await stage.end()
    expect_ok(await stage.raffle.set_settings(RaffleSettings(live_only=False)))
    stage.admit(stage.wish("r-2"))  # it opens another epoch, whose commitment is for the next start
    expect_ok(await stage.raffle.take_leave())
    assert len(stage.voice.said) == said + 1 and "Its seed: " in stage.voice.said[-1]
    expect_ok(await stage.raffle.take_leave())
    assert len(stage.voice.said) == said + 1


async def test_an_unused_epoch_is_revealed_without_a_word(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    await stage.end()

    assert stage.epoch.state == "revealed"
    assert len(stage.voice.said) == 1


async def test_a_day_later_the_next_start_closes_it(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    stage.clock.advance(timedelta(hours=23))
    await stage.restart()
    assert (stage.epoch.number, stage.epoch.state) == (1, "open")
    stage.clock.advance(timedelta(hours=1))
    stage.switched_on = False
    await stage.restart()

    assert (stage.epoch.number, stage.epoch.state) == (1, "revealed")


async def test_another_range_means_another_epoch(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    changed = RaffleSettings(range=6, prize="a wave", win_stays_open=True)
    assert await stage.raffle.set_settings(changed) == Ok(changed)
    await stage.open()

    assert (stage.epoch.number, stage.epoch.range) == (2, 6)
    assert stage.raffle.view().wins_per_hundred == pytest.approx(100 / 6)
    await stage.restart()
    assert stage.raffle.settings() == changed
    assert (stage.epoch.number, stage.epoch.state) == (2, "open")


@pytest.mark.parametrize(
    "settings",
    [RaffleSettings(range=1), RaffleSettings(range=1_000_001), RaffleSettings(prize=" "), RaffleSettings(prize="a\nb")],
)
async def test_settings_that_cannot_be(stage: Stage, settings: RaffleSettings) -> None:
    assert isinstance(await stage.raffle.set_settings(settings), Err)
    assert stage.raffle.settings() == RaffleSettings()
    assert isinstance(await stage.raffle.get_leaderboard(limit=101), Err)
    assert await stage.raffle.export_proof(1) == Err(BadRaffleSettings("raffle 1 is not revealed"))


async def test_off_air_nothing_is_rolled_unless_the_settings_say_so(stage: Stage) -> None:
    stage.session = None
    assert stage.admit(stage.wish()) == NotAdmitted("offline")
    assert stage.seeds == [] and stage.raffle.view().epoch is None
    expect_ok(await stage.raffle.set_settings(RaffleSettings(live_only=False)))
    assert isinstance(stage.admit(stage.wish()), WaitForEpoch)


async def test_a_roll_that_was_drawn_on_air_stays_drawn_off_air(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    wish = stage.wish()
    expect_ok(stage.roll(wish))
    stage.session = None
    assert stage.admit(wish) == Admitted()


async def test_another_channel_means_another_epoch(stage: Stage) -> None:
    """Somebody else signed in: nobody there has seen the commitment, and the old chat is out of reach."""
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish("r-1"))
    stage.channel_id = "900200"
    stage.clock.advance(60)
    assert stage.admit(stage.wish("r-2", at=stage.clock.now())) == NotAdmitted("closed")
    await stage.rig.pass_time(0)
    assert (stage.epoch.number, stage.epoch.state, stage.epoch.seed) == (1, "revealed", stage.seeds[0].hex())
    assert len(stage.voice.said) == 1

    expect_ok(await stage.raffle.open())
    await stage.open()
    committed = chain.commitment(seed=stage.seeds[1].hex(), epoch=2, range_=10_000, channel_id="900200")
    assert (stage.epoch.number, stage.epoch.commitment) == (2, committed)
    stage.rolled(stage.wish("r-3"))
    assert expect_ok(await stage.raffle.verify()).sound

    stage.channel_id = None  # signed out: whoever signs in next may be the same
    assert stage.admit(stage.wish("r-4")) == Admitted()


@pytest.mark.expected_logs("storage failed", "is tried again later")
async def test_what_became_of_the_commitment_is_not_lost_on_a_full_disk(stage: Stage) -> None:
    say = stage.voice.say

    async def say_and_fail(text: str, *, reply_to: str | None = None, patience: float = 10.0) -> Result[Sent, SayError]:
        said = await say(text, reply_to=reply_to, patience=patience)
        refuse_writes(stage.rig)
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.voice, "say", say_and_fail)
        await stage.online()
        await stage.rig.pass_time(0)
    assert stage.epoch.state == "opening"
    allow_writes(stage.rig)
    await stage.rig.pass_time(61)
    await stage.rig.pass_time(11)
    assert (stage.epoch.number, stage.epoch.state) == (1, "open")
    assert len(stage.voice.said) == 1
    stage.rolled(stage.wish("r-1"))


@pytest.mark.expected_logs("task failed", "not certain")
async def test_a_bug_while_the_commitment_is_sent_costs_its_epoch_and_not_the_raffle(stage: Stage) -> None:
    async def break_down(*_: object, **__: object) -> Result[Sent, SayError]:
        raise ValueError("bug")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.voice, "say", break_down)
        await stage.online()
        await stage.rig.pass_time(0)
    await stage.rig.pass_time(61)
    await stage.open()
    assert (stage.epoch.number, stage.epoch.state) == (2, "open")
