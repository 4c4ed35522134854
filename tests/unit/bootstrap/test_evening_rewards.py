"""Rewards on the whole graph: they follow the stream, and what only the streamer can decide about them is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from companion.bootstrap import stages
from companion.kernel.result import Ok, expect_ok
from companion.objects.rewards.rules import DEFAULTS
from companion.ports.raffle import RaffleSettings
from companion.ports.rewards import RewardSettings
from companion.ports.song_rules import QueueSettings, SourceRules
from companion.simulator.chat_room import Line
from companion.simulator.points import Wish
from companion.simulator.reward_book import DASHBOARD, Redemption
from companion.simulator.testing import RunningSimulator
from tests.fakes.song_rules import everywhere
from tests.helpers.waiting import until
from tests.unit.bootstrap.rewards import ANN, at_twitch, needs_you, paused
from tests.unit.bootstrap.rig import Rig, make

pytestmark = pytest.mark.usefixtures("rewards_made")


async def redeemed_while_away(rig: Rig, simulator: RunningSimulator, *, live: bool) -> Redemption:
    """A song, once the rig has stopped and somebody has opened its reward in the dashboard."""
    await rig.stop()
    reward = at_twitch(simulator, "song_request").model_copy(update={"is_paused": False})
    simulator.channel.book.update(reward, DASHBOARD)
    if live:
        await simulator.go_online()
    return await simulator.channel.points.redeem(reward, Wish(ANN, "Tides of Copper"))


@asynccontextmanager
async def started_again(rig: Rig, simulator: RunningSimulator) -> AsyncIterator[Rig]:
    """On the data and the logins of a run that was stopped."""
    later = make(rig.run.paths.data, simulator=simulator.base_url)
    later.vault.items.update(rig.vault.items)
    await later.start()
    try:
        await later.sign_in("spotify")
        await later.graph.logins.twitch.open_vault()
        later.graph.foundation.reactions.login_changed()
        yield later
    finally:
        await later.stop()


async def test_they_pause_and_go_on_with_the_stream(rig: Rig, simulator: RunningSimulator) -> None:
    await paused(simulator, True, "before the stream")
    await simulator.go_online()
    await paused(simulator, False, "live")
    hold = rig.graph.evening.objects.hold
    expect_ok(await hold.set(held=True, by="the test"))
    await paused(simulator, True, "held")
    expect_ok(await hold.set(held=False, by="the test"))
    await paused(simulator, False, "released")
    await simulator.go_offline()
    await paused(simulator, True, "after the stream")
    await simulator.go_online()
    await paused(simulator, False, "live again")
    await rig.stop()
    assert all(at_twitch(simulator, use).is_paused for use in DEFAULTS)


async def test_what_was_redeemed_live_while_we_were_away_is_let_in_at_the_next_start(
    rig: Rig, simulator: RunningSimulator
) -> None:
    """It is asked first whether the stream is live: else it would be turned down, as if it were not."""
    bought = await redeemed_while_away(rig, simulator, live=True)
    async with started_again(rig, simulator) as later:
        songs = later.graph.evening.objects.songs
        await until(lambda: [each.id for each in songs.get_queue().requests] == [bought.id], what="it is in the queue")
        assert simulator.channel.book.redemptions[bought.id].status == "UNFULFILLED"


async def test_off_air_the_song_reward_pauses_by_its_own_rules_while_chat_goes_on(
    rig: Rig, simulator: RunningSimulator
) -> None:
    await rig.sign_in("spotify")
    songs, rewards = rig.graph.evening.objects.songs, rig.graph.evening.objects.rewards
    expect_ok(await rewards.set_settings(RewardSettings(pause_offline=False)))
    expect_ok(await songs.set_settings(everywhere(songs.get_settings(), "command", live_only=False)))
    await until(lambda: not at_twitch(simulator, "raffle").is_paused, what="rewards do not wait for the stream")
    assert at_twitch(simulator, "song_request").is_paused
    await simulator.channel.room.show(Line(sender=ANN, text="!sr Tides of Copper", by="viewer"))
    await until(lambda: [each.source for each in songs.get_queue().requests] == ["command"], what="chat goes on")
    assert at_twitch(simulator, "song_request").is_paused
    expect_ok(await songs.set_settings(QueueSettings(rules={"reward": {"vip": SourceRules(live_only=False)}})))
    await until(lambda: not at_twitch(simulator, "song_request").is_paused, what="some may redeem it off air")
    expect_ok(await songs.set_settings(QueueSettings(rules={"reward": {"vip": SourceRules(enabled=False)}})))
    await until(lambda: at_twitch(simulator, "song_request").is_paused, what="nobody may")
    await simulator.go_online()
    await until(lambda: not at_twitch(simulator, "song_request").is_paused, what="live")
    closed = everywhere(songs.get_settings(), "reward", enabled=False)
    expect_ok(await songs.set_settings(closed))
    await until(lambda: at_twitch(simulator, "song_request").is_paused, what="switched off for everybody")


@pytest.mark.parametrize("live_only", [True, False])
async def test_what_was_redeemed_off_air_while_we_were_away_goes_by_the_rules_of_the_reward(
    rig: Rig, simulator: RunningSimulator, live_only: bool
) -> None:
    songs = rig.graph.evening.objects.songs
    off_air = everywhere(songs.get_settings(), "reward" if not live_only else "command", live_only=False)
    expect_ok(await songs.set_settings(off_air))
    bought = await redeemed_while_away(rig, simulator, live=False)
    async with started_again(rig, simulator) as later:
        status = "CANCELED" if live_only else "UNFULFILLED"
        queued = [] if live_only else [bought.id]
        seen = later.graph.evening.objects.songs
        await until(lambda: later.graph.evening.objects.sagas.get_run(bought.id), what="it is found")
        await until(
            lambda: (
                simulator.channel.book.redemptions[bought.id].status == status
                and [each.id for each in seen.get_queue().requests] == queued
            ),
            what="it is decided",
        )


async def test_what_was_missed_is_only_judged_once_it_is_known_whether_the_stream_is_live(
    rig: Rig, simulator: RunningSimulator
) -> None:
    """Without EventSub, whose connection would ask as well: the look that follows the sign-in stands alone."""
    bought = await redeemed_while_away(rig, simulator, live=True)
    later = make(rig.run.paths.data, simulator=simulator.base_url)
    later.vault.items.update(rig.vault.items)
    assert await stages.start_storage(later.graph, later.run, later.clock) == Ok(None)
    assert not later.graph.stream.lifecycle.get_is_live()  # as it was when the application ended
    await stages.start_objects(later.graph)
    try:
        await later.sign_in("spotify")
        await later.graph.logins.twitch.open_vault()
        later.graph.foundation.reactions.login_changed()
        objects = later.graph.evening.objects

        def admission() -> str | None:
            run = objects.sagas.get_run(bought.id)
            return None if run is None else next(step.state for step in run.steps if step.name == "admit")

        await until(lambda: admission() in {"succeeded", "failed"}, what="it is judged")
        assert [each.id for each in objects.songs.get_queue().requests] == [bought.id]
        assert simulator.channel.book.redemptions[bought.id].status == "UNFULFILLED"
    finally:
        await later.stop()


async def test_twitch_is_kept_from_fulfilling_by_itself_in_mid_stream(rig: Rig, simulator: RunningSimulator) -> None:
    await simulator.go_online()
    await paused(simulator, False, "live")
    reward = at_twitch(simulator, "song_request")
    skipping = reward.model_copy(update={"should_redemptions_skip_request_queue": True})
    simulator.channel.book.update(skipping, DASHBOARD)
    await simulator.channel.points.redeem(skipping, Wish(ANN, "Tides of Copper"))
    await until(lambda: bool(rig.graph.application.snapshot().notices), what="told")
    assert not at_twitch(simulator, "song_request").should_redemptions_skip_request_queue
    notices = rig.graph.application.snapshot().notices
    assert [each.title for each in notices] == ["Twitch fulfilled redemptions of “Request a song” by itself."]


@pytest.mark.expected_logs("was deleted in the dashboard")
async def test_a_deleted_reward_is_told_and_made_anew_where_it_is_told(rig: Rig, simulator: RunningSimulator) -> None:
    gone = at_twitch(simulator, "raffle")
    await simulator.channel.points.delete(gone, DASHBOARD)
    assert await rig.graph.evening.catch_up.run() == 0
    await until(lambda: needs_you(rig, "reward"), what="the streamer is told")
    card = needs_you(rig, "reward")
    assert card is not None and "deleted" in card.happened and card.choices == ("synchronise", "leave_off")
    decided = await rig.graph.application.actions.needs_you.decide("reward", card.ref, "synchronise")
    assert isinstance(decided, Ok)
    assert at_twitch(simulator, "raffle").id != gone.id
    await until(lambda: needs_you(rig, "reward") is None, what="the card goes")


async def test_a_win_left_open_is_settled_where_the_streamer_is_asked(rig: Rig, simulator: RunningSimulator) -> None:
    raffle = rig.graph.evening.objects.raffle
    expect_ok(await raffle.set_settings(RaffleSettings(range=2, prize="a wave", win_stays_open=True)))
    await simulator.go_online()
    await paused(simulator, False, "live")

    def is_open() -> bool:
        epoch = raffle.view().epoch
        return epoch is not None and epoch.state == "open"

    await until(is_open, what="the raffle is open")
    rolled = 0
    while not any(roll.won for roll in raffle.view().recent):
        await simulator.channel.points.redeem(at_twitch(simulator, "raffle"), Wish(ANN))
        rolled += 1
        await until(lambda: len(raffle.view().recent) == rolled, what="it is rolled")  # noqa: B023 - asked at once
    won = raffle.view().recent[0].redemption_id
    await until(lambda: needs_you(rig, "run"), what="the streamer is asked")
    card = needs_you(rig, "run")
    assert card is not None and card.title == "Ann_Z won the raffle: a wave"
    assert simulator.channel.book.redemptions[won].status == "UNFULFILLED"
    assert isinstance(await rig.graph.application.actions.needs_you.decide("run", card.ref, "fulfil"), Ok)
    await until(lambda: simulator.channel.book.redemptions[won].status == "FULFILLED", what="it is settled")


async def test_the_raffle_opens_as_soon_as_its_reward_is_switched_on_in_mid_stream(
    rig: Rig, simulator: RunningSimulator
) -> None:
    objects = rig.graph.evening.objects
    expect_ok(await objects.rewards.configure("raffle", DEFAULTS["raffle"], switched_on=False))
    await simulator.go_online()
    await until(lambda: not at_twitch(simulator, "song_request").is_paused, what="live")
    assert objects.raffle.view().epoch is None
    expect_ok(await objects.rewards.configure("raffle", DEFAULTS["raffle"], switched_on=True))
    await until(lambda: objects.raffle.view().epoch is not None, what="the raffle opens")


async def test_quit_off_air_ends_the_session_and_reveals_the_seed_in_chat(
    rig: Rig, simulator: RunningSimulator
) -> None:
    raffle = rig.graph.evening.objects.raffle
    await simulator.go_online()
    await until(lambda: (epoch := raffle.view().epoch) is not None and epoch.state == "open", what="the raffle is open")
    await paused(simulator, False, "live")
    await simulator.channel.points.redeem(at_twitch(simulator, "raffle"), Wish(ANN))
    await until(lambda: raffle.view().recent, what="it is rolled")
    await simulator.go_offline()
    await until(lambda: not rig.graph.stream.lifecycle.get_is_live(), what="off air, and may come back")
    await rig.stop()
    said = [str(entry["text"]) for entry in simulator.ledger.find(["chat_shown"])]
    assert sum("Raffle 1 is over, 1 entry" in text and "Its seed: " in text for text in said) == 1
