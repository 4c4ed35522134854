"""Settled in Twitch's dashboard while something hangs on it: it follows, ends visibly, and asks nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from companion.application.needs_you_items import Letters, needs_you_items
from companion.application.settled_at_twitch import SettledAtTwitch
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.events import SongRequestRefused
from companion.ports.failures import NetworkDown, NoAccess, NoActiveDevice, NotConfigured, ProviderUnavailable
from companion.ports.rewards import RewardsView, Verdict
from companion.ports.saga_params import win_run_id
from companion.runtime.saga.tables import SagaRunRow, SagaStepRow
from companion.sagas.song_lookup import RESOLVE
from tests.fakes.runtime import allow_writes, refuse_writes, settle
from tests.unit.objects.song_queue.stage import BEN, Stage
from tests.unit.sagas.table import Table, win

SPENT = "The redemption was fulfilled in Twitch's dashboard, so its points stay spent."


class Dashboard:
    """The streamer's buttons at Twitch; here it is told as the notification or the catch-up would."""

    def __init__(self, at: Stage) -> None:
        self.at = at
        self.notes: list[str] = []

    @property
    def settled(self) -> SettledAtTwitch:
        return SettledAtTwitch(sagas=self.at.host, songs=self.at.queue, note=self.notes.append)

    async def press(self, run: str, verdict: Verdict) -> None:
        self.at.rewards.settle_in_dashboard(run, verdict)
        assert await self.settled.tell(run, verdict) == Ok(None)
        await settle()


@pytest.fixture
def dashboard(stage: Stage) -> Dashboard:
    return Dashboard(stage)


def refusals(stage: Stage) -> list[str]:
    return [event.text for event in stage.events if isinstance(event, SongRequestRefused)]


async def test_given_back_while_its_song_is_looked_up_it_never_enters_the_queue(
    stage: Stage, dashboard: Dashboard
) -> None:
    stage.spotify.fail("get_track", *[NoAccess(NotConfigured())] * 500)
    run = await stage.redeem(1)
    assert stage.requests() == [] and await dashboard.settled.hanging() == {run: await stage.reward()}
    await dashboard.press(run, "canceled")
    await stage.restart()
    assert stage.spotify.added == [] and stage.requests() == [] and stage.ledger == []
    assert stage.status(run) == "failed" and stage.host.needs_you() == []
    assert refusals(stage) == ["It was given back in Twitch's dashboard."]
    assert stage.voice.said[-1] == "Ann: It was given back in Twitch's dashboard. Your points are back."


async def test_given_back_right_before_it_is_let_in(stage: Stage, dashboard: Dashboard) -> None:
    """The answer about the song was under way when the streamer pressed the button."""
    get_track = stage.spotify.get_track

    async def meanwhile(track_id: str) -> object:
        await dashboard.press(next(iter(stage.rewards.redemptions)), "canceled")
        return await get_track(track_id)

    stage.spotify.get_track = meanwhile  # type: ignore[method-assign,assignment]  # one answer comes late
    run = await stage.redeem(1)
    await stage.pass_time(60)
    assert stage.ledger == [] and stage.requests() == [] and stage.spotify.added == [] and stage.status(run) == "failed"


async def test_told_before_the_redemption_itself_it_is_not_let_in(stage: Stage, dashboard: Dashboard) -> None:
    bought = stage.rewards.redeem(await stage.reward(), "spotify:track:x")
    await dashboard.press(bought.id, "canceled")
    await dashboard.press(bought.id, "canceled")
    assert stage.queue.standing.given_back(bought.id) is not None


async def test_given_back_while_it_waits_it_leaves_the_queue(stage: Stage, dashboard: Dashboard) -> None:
    first, waits, behind = await stage.redeem(1), await stage.redeem(2), await stage.redeem(3, BEN)
    await dashboard.press(waits, "canceled")
    assert stage.requests() == [(first, "handed_over"), (behind, "waiting")]
    assert stage.status(waits) == "failed" and stage.host.needs_you() == []
    assert refusals(stage) == ["It was given back in Twitch's dashboard."]


async def test_given_back_after_it_was_handed_over_it_plays_and_is_not_settled_again(
    stage: Stage, dashboard: Dashboard
) -> None:
    run = await stage.redeem(1)
    await dashboard.press(run, "canceled")
    assert stage.requests() == [(run, "handed_over")]
    await stage.next_song()
    await stage.pass_time(30)
    assert stage.ledger == [] and stage.status(run) == "completed" and stage.host.needs_you() == []


async def _lost_right_before_it_is_given_back(stage: Stage, dashboard: Dashboard) -> str:
    """Spotify did not answer the call that would have added the song, and did not do it either."""
    stage.shorten_list()
    await stage.look()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(503, ""))
    run = await stage.redeem(1)
    await dashboard.press(run, "canceled")
    assert stage.requests() == [(run, "waiting")] and stage.status(run) == "running"
    return run


def _ended_given_back(stage: Stage, run: str) -> bool:
    """Nothing was settled by us, nobody is asked, and the viewer is told."""
    assert stage.requests() == [] and stage.ledger == [] and stage.host.needs_you() == []
    assert stage.voice.said[-1] == "Ann: It was given back in Twitch's dashboard. Your points are back."
    return stage.status(run) == "failed" and stage.kinds() == ["song_request_refused"]


async def test_given_back_while_a_lost_hand_over_is_looked_up_it_is_not_sent_again(
    stage: Stage, dashboard: Dashboard
) -> None:
    run = await _lost_right_before_it_is_given_back(stage, dashboard)
    await dashboard.press(run, "canceled")
    stage.held = True  # which would only put it off
    await stage.restart()
    await stage.pass_time(40, step=5)
    assert _ended_given_back(stage, run) and stage.spotify.added == []


async def test_given_back_while_a_lost_hand_over_is_looked_up_that_nobody_can_tell_of(
    stage: Stage, dashboard: Dashboard
) -> None:
    run = await _lost_right_before_it_is_given_back(stage, dashboard)
    stage.spotify.away = True
    await stage.pass_time(20 * 60 + 30, step=30)
    assert _ended_given_back(stage, run)


async def test_given_back_in_the_very_call_that_spotify_refuses_it_is_not_sent_again(
    stage: Stage, dashboard: Dashboard
) -> None:
    calls: list[str] = []

    async def meanwhile(uri: str) -> object:
        calls.append(uri)
        await dashboard.press(next(iter(stage.rewards.redemptions)), "canceled")
        return Err(NoActiveDevice())

    stage.spotify.add_to_queue = meanwhile  # type: ignore[method-assign,assignment]  # one answer comes late
    run = await stage.redeem(1)
    await stage.pass_time(60)
    assert _ended_given_back(stage, run) and len(calls) == 1


@pytest.mark.expected_logs("storage failed")
async def test_given_back_after_a_lost_hand_over_could_not_be_marked_as_undone(
    stage: Stage, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Still marked as sent it stays in the queue, and is given back while Spotify is read before it is sent anew."""
    undo, get_queue = stage.queue.handing.not_handed_over, stage.spotify.get_queue

    def meanwhile(request_id: str, note: str | None) -> object:
        refuse_writes(stage.rig)
        undone = undo(request_id, note)
        allow_writes(stage.rig)
        monkeypatch.setattr(stage.spotify, "get_queue", give_back)
        return undone

    async def give_back() -> object:
        monkeypatch.setattr(stage.spotify, "get_queue", get_queue)
        await dashboard.press(run, "canceled")
        return await get_queue()

    stage.shorten_list()
    await stage.look()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(503, ""))
    monkeypatch.setattr(stage.queue.handing, "not_handed_over", meanwhile)
    run = await stage.redeem(1)
    await stage.pass_time(100, step=5)
    assert _ended_given_back(stage, run) and stage.spotify.added == []


async def test_given_back_after_it_was_handed_over_and_never_seen_it_asks_nothing_of_the_streamer(
    stage: Stage, dashboard: Dashboard
) -> None:
    run = await stage.redeem(1)
    stage.model.added.clear()
    await dashboard.press(run, "canceled")
    assert stage.requests() == [(run, "handed_over")]
    await stage.pass_time(3700, step=100)
    assert _ended_given_back(stage, run)


async def test_fulfilled_while_it_waits_it_stays_plays_and_says_that_its_points_are_spent(
    stage: Stage, dashboard: Dashboard
) -> None:
    first, waits = await stage.redeem(1), await stage.redeem(2)
    await dashboard.press(waits, "fulfilled")
    await dashboard.press(waits, "fulfilled")
    assert stage.requests() == [(first, "handed_over"), (waits, "waiting")]
    assert stage.one(waits).points_spent
    assert stage.one(waits).note == "Points stay spent: it was fulfilled in Twitch's dashboard."
    (note,) = dashboard.notes
    assert note.startswith("Ann asked for “spotify:track:") and note.endswith("; it stays in the queue.")
    await stage.next_song()
    await stage.next_song()
    await stage.pass_time(30)
    assert stage.status(waits) == "completed" and stage.kinds().count("song_request_success") == 2
    assert stage.ledger == [(first, "fulfilled")]


async def test_what_we_fulfil_ourselves_is_no_news(stage: Stage, dashboard: Dashboard) -> None:
    run = await stage.redeem(1)
    await stage.next_song()
    assert stage.ledger == [(run, "fulfilled")]
    assert await dashboard.settled.tell(run, "fulfilled") == Ok(None)
    assert dashboard.notes == [] and not stage.queue.requests_of("2")[0].points_spent
    refused = await stage.redeem("no such words")
    assert await dashboard.settled.tell(refused, "canceled") == Ok(None)
    assert stage.queue.standing.given_back(refused) is None


async def _vanishes(stage: Stage) -> None:
    await stage.look()
    stage.model.added.clear()
    await stage.pass_time(30, step=5)


async def _ends(stage: Stage) -> None:
    await stage.end_session()
    await stage.pass_time(5)


@pytest.mark.parametrize("deed", [_vanishes, _ends])
async def test_fulfilled_at_twitch_and_never_heard_it_ends_without_a_card_and_says_why(
    stage: Stage, dashboard: Dashboard, deed: Callable[[Stage], object]
) -> None:
    """The streamer spent the points on purpose, and Twitch refuses to give them back: nothing is left to decide."""
    run = await stage.redeem(1)
    await dashboard.press(run, "fulfilled")
    await deed(stage)  # type: ignore[misc]  # both are coroutines
    assert stage.status(run) == "failed" and stage.host.needs_you() == [] and stage.ledger == []
    (text,) = refusals(stage)
    assert text.endswith(SPENT)
    assert stage.voice.said[-1].endswith(SPENT) and "are back" not in stage.voice.said[-1]


async def test_taken_out_by_the_streamer_after_it_was_fulfilled_at_twitch(stage: Stage, dashboard: Dashboard) -> None:
    await stage.redeem(1)
    waits = await stage.redeem(2)
    await dashboard.press(waits, "fulfilled")
    expect_ok(await stage.queue.remove(waits, by="the streamer"))
    await settle()
    assert stage.status(waits) == "failed" and stage.host.needs_you() == []
    assert refusals(stage) == [f"the streamer took your song out of the queue. {SPENT}"]


async def test_a_hold_does_not_hide_that_its_points_are_spent(stage: Stage, dashboard: Dashboard) -> None:
    stage.spotify.fail("get_queue", *[NetworkDown("")] * 3)
    run = await stage.redeem(1)
    await dashboard.press(run, "fulfilled")
    await stage.rig.pass_time(15)
    await settle()
    away = "Spotify does not answer. The request goes on by itself once it does."
    assert stage.one(run).points_spent and stage.queue.get_queue().paused_reason == away
    assert stage.one(run).note == f"{away} Points stay spent: it was fulfilled in Twitch's dashboard."


@pytest.mark.parametrize(("verdict", "status"), [("fulfilled", "completed"), ("canceled", "failed")])
async def test_a_song_that_needs_the_streamer_is_answered_by_the_dashboard(
    stage: Stage, dashboard: Dashboard, verdict: Verdict, status: str
) -> None:
    run = await stage.redeem(1)
    stage.model.added.clear()
    await stage.pass_time(3700, step=100)
    assert [each.id for each in stage.host.needs_you()] == [run]
    await dashboard.press(run, verdict)
    await stage.pass_time(10)
    assert stage.status(run) == status and stage.requests() == [] and stage.ledger == []
    assert len(dashboard.notes) == 1


@pytest.mark.parametrize("verdict", ["fulfilled", "canceled"])
async def test_a_refund_that_failed_is_answered_by_the_dashboard(
    stage: Stage, dashboard: Dashboard, verdict: Verdict
) -> None:
    await stage.reward()
    stage.rewards.refusals["canceled"].extend([ProviderUnavailable(503, "")] * 5)
    run = await stage.redeem("no such words")
    await stage.pass_time(120)
    assert stage.status(run) == "compensation_failed"
    await dashboard.press(run, verdict)
    await stage.pass_time(10)
    assert stage.status(run) == "failed" and stage.host.needs_you() == [] and stage.ledger == []
    assert ("Your points are back." in stage.voice.said[-1]) == (verdict == "canceled")


@pytest.mark.parametrize(("verdict", "status"), [("fulfilled", "completed"), ("canceled", "failed")])
async def test_a_heard_song_that_twitch_did_not_take_as_fulfilled_is_answered_by_the_dashboard(
    stage: Stage, dashboard: Dashboard, verdict: Verdict, status: str
) -> None:
    stage.rewards.refusals["fulfilled"].extend([ProviderUnavailable(503, "")] * 3)
    run = await stage.redeem(1)
    await stage.next_song()
    await stage.pass_time(60)
    assert stage.status(run) == "compensation_failed"
    said = list(stage.voice.said)
    await dashboard.press(run, verdict)
    await stage.pass_time(30)
    assert stage.status(run) == status and stage.host.needs_you() == [] and stage.ledger == []
    assert stage.kinds() == ["song_request_success"] and len(dashboard.notes) == 1
    await stage.next_song()
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert (song.fulfilled_at is not None) == (verdict == "fulfilled")
    back = [] if verdict == "fulfilled" else ["Ann: The streamer gave it back. Your points are back."]
    assert stage.voice.said == said + back


@pytest.mark.expected_logs("is stopped, it cannot be understood")
@pytest.mark.parametrize("verdict", ["fulfilled", "canceled"])
async def test_a_run_whose_steps_cannot_be_read_is_closed_once_by_the_dashboard(
    stage: Stage, dashboard: Dashboard, verdict: Verdict
) -> None:
    first, run = await stage.redeem(1), await stage.redeem(2, BEN)
    with stage.rig.transactions.begin() as tx:
        steps = update(SagaStepRow).where(SagaStepRow.saga == run, SagaStepRow.name == RESOLVE)
        tx.session.execute(steps.values(result='{"v":9}'))
    await stage.next_song()
    assert [(each.id, each.offers) for each in stage.host.needs_you()] == [(run, ("refund", "retry", "ignore"))]
    for _ in range(3):
        await dashboard.press(run, verdict)
    assert stage.status(run) == "failed" and stage.host.needs_you() == [] and stage.requests() == []
    assert stage.ledger == [(first, "fulfilled")] and len(dashboard.notes) == 1
    told = SPENT if verdict == "fulfilled" else "The streamer gave it back. Your points are back."
    assert stage.voice.said[-1] == f"Ben: {told}"


@pytest.mark.expected_logs("is stopped, it cannot be understood", "failed through a bug")
async def test_what_cannot_be_taken_back_stays_a_card_and_is_not_told_as_done(
    stage: Stage, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    run = await stage.redeem(1)
    with stage.rig.transactions.begin() as tx:
        tx.session.execute(update(SagaStepRow).where(SagaStepRow.saga == run).values(result='{"v":9}'))
    await stage.next_song()
    monkeypatch.setattr(stage.queue.steps, "remove_in", broken)
    await dashboard.press(run, "canceled")
    assert [each.id for each in stage.host.needs_you()] == [run] and dashboard.notes == []


async def test_waiting_for_a_yes_it_says_that_a_no_gives_nothing_back(stage: Stage, dashboard: Dashboard) -> None:
    await stage.set(needs_approval=True)
    run = await stage.redeem(1)
    await dashboard.press(run, "fulfilled")
    asked = stage.one(run)
    assert asked.note == "Waits for your yes. Points stay spent: it was fulfilled in Twitch's dashboard."
    (card,) = needs_you_items(runs=(), requests=(asked,), rewards=RewardsView(True, None, ()), letters=Letters((), ()))
    assert card.meaning == "You fulfilled it in Twitch's dashboard, so the points stay spent either way."
    expect_ok(await stage.queue.approve(run, yes=True))
    assert stage.one(run).points_spent


async def test_all_that_hang_are_compared_however_many_there_are(stage: Stage, dashboard: Dashboard) -> None:
    stage.host.set_held(True)
    runs = [await stage.redeem(1) for _ in range(230)]
    await stage.ask(1)
    assert set(await dashboard.settled.hanging()) == set(runs)


async def test_a_run_that_cannot_be_understood_is_left_to_the_streamer(stage: Stage, dashboard: Dashboard) -> None:
    run = await stage.redeem(1)
    with stage.rig.transactions.begin() as tx:
        tx.session.execute(update(SagaRunRow).values(params="{}", status="outcome_unknown", stopped="damaged"))
    assert await dashboard.settled.hanging() == {}
    await dashboard.press(run, "canceled")
    assert [each.id for each in stage.host.needs_you()] == [run] and dashboard.notes == []


@pytest.mark.parametrize(("verdict", "status"), [("fulfilled", "completed"), ("canceled", "failed")])
async def test_a_win_left_open_closes_by_itself(table: Table, verdict: Verdict, status: str) -> None:
    notes: list[str] = []
    settled = SettledAtTwitch(sagas=table.host, songs=None, note=notes.append)  # type: ignore[arg-type]  # no songs here
    run = await win(table)
    roll = run.id.removeprefix("win ")
    assert run.id == win_run_id(roll)
    assert dict(await settled.hanging())[roll] == table.reward.id
    table.rewards.settle_in_dashboard(roll, verdict)
    assert await settled.tell(roll, verdict) == Ok(None)
    assert await settled.tell(roll, verdict) == Ok(None)
    await table.rig.pass_time(10)
    assert table.host.needs_you() == [] and table.status(run.id) == status
    assert all(settled_id != roll for settled_id, _ in table.rewards.ledger)
    outcome = "so the points stay spent" if verdict == "fulfilled" else "so the points are back"
    (note,) = notes
    assert note.startswith("Ann won the raffle: a wave. It was ") and outcome in note
