"""What the streamer settles in Twitch's dashboard, on the whole graph: told by its notification or found without."""

from __future__ import annotations

import pytest

from companion.kernel.result import Ok
from companion.ports.raffle import RaffleSettings
from companion.ports.rewards import RewardUse
from companion.ports.sagas import NEEDS_YOU
from companion.simulator.points import Wish
from companion.simulator.reward_book import DASHBOARD, Redemption, Status
from companion.simulator.testing import RunningSimulator
from tests.helpers.waiting import until
from tests.unit.bootstrap.rewards import ANN, at_twitch, needs_you, paused
from tests.unit.bootstrap.rig import Rig, make

UPDATED = "channel.channel_points_custom_reward_redemption.update"

pytestmark = pytest.mark.usefixtures("rewards_made")


async def redeem(simulator: RunningSimulator, use: RewardUse, text: str = "") -> Redemption:
    return await simulator.channel.points.redeem(at_twitch(simulator, use), Wish(ANN, text))


async def press(simulator: RunningSimulator, one: Redemption, status: Status, *, told: bool) -> None:
    """A button of the dashboard's; not `told`: while EventSub is cut off."""
    if not told:
        await simulator.fault("notification_lost", subscription_type=UPDATED)
    await simulator.channel.points.settle([one], status, DASHBOARD)
    if not told:
        await simulator.fault("socket_dropped")


def feed(rig: Rig) -> list[str]:
    return [entry.text for entry in rig.graph.stream.feed.entries()]


def status_of(rig: Rig, run_id: str) -> str | None:
    run = rig.graph.evening.objects.sagas.get_run(run_id)
    return None if run is None else run.status


async def go_live(simulator: RunningSimulator) -> None:
    await simulator.go_online()
    await paused(simulator, False, "live")


@pytest.mark.parametrize("told", [True, False])
async def test_given_back_while_its_song_is_looked_up_it_is_over(
    rig: Rig, simulator: RunningSimulator, told: bool
) -> None:
    """Spotify is not signed in, so the look-up waits for it."""
    await go_live(simulator)
    bought = await redeem(simulator, "song_request", "Tides of Copper")
    await until(lambda: status_of(rig, bought.id) == "waiting", what="it is looked up")
    await press(simulator, bought, "CANCELED", told=told)
    await until(lambda: status_of(rig, bought.id) == "failed", what="it is over")
    assert rig.graph.evening.objects.songs.get_queue().requests == () and simulator.ledger.find(["song_queued"]) == []
    assert "Ann_Z's request did not go through: It was given back in Twitch's dashboard." in feed(rig)


async def waiting_song(rig: Rig, simulator: RunningSimulator) -> Redemption:
    """In the queue, and not handed over: Spotify runs nowhere."""
    simulator.player.use_device(None)
    await go_live(simulator)
    await rig.sign_in("spotify")
    bought = await redeem(simulator, "song_request", "Tides of Copper")
    songs = rig.graph.evening.objects.songs
    await until(lambda: [each.note for each in songs.get_queue().requests if each.note], what="it is held")
    return bought


@pytest.mark.parametrize("told", [True, False])
async def test_given_back_while_it_waits_it_leaves_the_queue(rig: Rig, simulator: RunningSimulator, told: bool) -> None:
    bought = await waiting_song(rig, simulator)
    await press(simulator, bought, "CANCELED", told=told)
    await until(lambda: rig.graph.evening.objects.songs.get_queue().requests == (), what="it is out of the queue")
    await until(lambda: status_of(rig, bought.id) == "failed", what="its run ends")
    assert "Ann_Z's request did not go through: It was given back in Twitch's dashboard." in feed(rig)


@pytest.mark.parametrize("told", [True, False])
async def test_fulfilled_while_it_waits_it_stays_and_ends_without_a_card_when_it_is_taken_out(
    rig: Rig, simulator: RunningSimulator, told: bool
) -> None:
    bought = await waiting_song(rig, simulator)
    await press(simulator, bought, "FULFILLED", told=told)
    songs = rig.graph.evening.objects.songs
    await until(lambda: [each.points_spent for each in songs.get_queue().requests] == [True], what="it is known")
    assert any(text.endswith("so the points stay spent; it stays in the queue.") for text in feed(rig))
    assert isinstance(await rig.graph.application.actions.requests.remove(bought.id), Ok)
    await until(lambda: status_of(rig, bought.id) in {"failed", *NEEDS_YOU}, what="its run stops")
    assert status_of(rig, bought.id) == "failed" and needs_you(rig, "run") is None
    assert any("so its points stay spent" in text for text in feed(rig))
    assert simulator.channel.book.redemptions[bought.id].status == "FULFILLED"


async def test_given_back_while_companion_was_off_it_is_over_at_the_next_start(
    rig: Rig, simulator: RunningSimulator
) -> None:
    bought = await waiting_song(rig, simulator)
    await rig.stop(keep_session=True)
    await simulator.channel.points.settle([bought], "CANCELED", DASHBOARD)
    later = make(rig.run.paths.data, simulator=simulator.base_url)
    later.vault.items.update(rig.vault.items)
    await later.start()
    try:
        await later.graph.logins.twitch.open_vault()
        later.graph.foundation.reactions.login_changed()
        await until(lambda: status_of(later, bought.id) == "failed", what="it is over")
        assert later.graph.evening.objects.songs.get_queue().requests == ()
    finally:
        await later.stop()


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("status", ["FULFILLED", "CANCELED"])
async def test_a_win_left_open_closes_by_itself(
    rig: Rig, simulator: RunningSimulator, status: Status, told: bool
) -> None:
    raffle = rig.graph.evening.objects.raffle
    assert isinstance(await raffle.set_settings(RaffleSettings(range=2, win_stays_open=True)), Ok)
    await go_live(simulator)
    await until(lambda: (epoch := raffle.view().epoch) is not None and epoch.state == "open", what="the raffle is open")
    won: Redemption | None = None
    while won is None:
        bought = await redeem(simulator, "raffle")
        await until(lambda: raffle.view().recent and raffle.view().recent[0].redemption_id == bought.id, what="a roll")  # noqa: B023 - asked at once
        won = bought if raffle.view().recent[0].won else None
    await until(lambda: needs_you(rig, "run"), what="the streamer is asked")
    await press(simulator, won, status, told=told)
    await until(lambda: needs_you(rig, "run") is None, what="the card goes")
    assert simulator.channel.book.redemptions[won.id].status == status
    assert any("in Twitch's dashboard" in text for text in feed(rig))
