"""Requests whose run needs the streamer: what is seen settles them, they hold nobody up, and every way out is true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from companion.application.needs_you_items import Letters, NeedsYouItem, needs_you_items
from companion.kernel.result import Err, Result, expect_ok
from companion.objects.song_queue import store
from companion.objects.song_queue.handover import Plan
from companion.objects.song_queue.occurrences import Known
from companion.objects.song_queue.state import Entry
from companion.ports.failures import NoActiveDevice, ProviderUnavailable, RateLimited, SpotifyError
from companion.ports.rewards import RewardsView
from companion.ports.sagas import Settlement
from companion.ports.song_queue import CannotWithdraw
from companion.ports.song_steps import Turn
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer
from companion.runtime.saga.tables import SagaRunRow, SagaStepRow
from companion.sagas.song_heard import AFTER_ALL
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import BEN, Stage

CEE = Viewer("7", "cee", "Cee")


async def in_doubt(stage: Stage, *, by_command: bool = False) -> str:
    """A request whose song Spotify took without an answer, was closed right then, and shows nothing for too long."""
    add = stage.spotify.add_to_queue

    async def closing(uri: str) -> Result[None, SpotifyError]:
        await add(uri)
        stage.spotify.away = True
        return Err(ProviderUnavailable(503, ""))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.spotify, "add_to_queue", closing)
        run = await (stage.ask(1) if by_command else stage.redeem(1))
    await stage.pass_time(20 * 60 + 30, step=30)
    assert (stage.status(run), stage.requests()) == ("outcome_unknown", [(run, "undecided")])
    return run


async def never_seen(stage: Stage) -> str:
    """A request that Spotify said it took, and that was not seen there for an hour."""
    run = await stage.redeem(1)
    stage.model.added.clear()
    await stage.pass_time(3700, step=100)
    assert (stage.status(run), stage.requests()) == ("outcome_unknown", [(run, "undecided")])
    return run


def cards(stage: Stage) -> tuple[NeedsYouItem, ...]:
    return needs_you_items(
        runs=stage.host.needs_you(),
        requests=stage.queue.get_queue().requests,
        rewards=RewardsView(True, None, ()),
        letters=Letters((), ()),
    )


def damage(stage: Stage, run: str, params: str = '{"v":9}') -> str:
    """Its row in the journal; what stood there."""
    with stage.rig.transactions.begin() as tx:
        stored: str = tx.session.scalars(select(SagaRunRow.params).where(SagaRunRow.id == run)).one()
        tx.session.execute(update(SagaRunRow).where(SagaRunRow.id == run).values(params=params))
    return stored


# ---- seen after all --------------------------------------------------------------------------------------------------


async def test_in_doubt_and_then_seen_playing_it_settles_by_itself(stage: Stage) -> None:
    run = await in_doubt(stage)
    stage.spotify.away = False
    await stage.look()
    while stage.now_for() != run:
        await stage.next_song()
    await stage.pass_time(200, step=20)
    assert (stage.status(run), list(stage.ledger)) == ("completed", [(run, "fulfilled")])
    assert stage.kinds().count("song_request_success") == 1
    assert (cards(stage), stage.spotify.added) == ((), [a_track(1).uri])
    assert expect_ok(await stage.queue.get_history()).total == 1


async def test_in_doubt_and_then_seen_in_the_queue_it_waits_for_its_song_like_any_other(stage: Stage) -> None:
    run = await in_doubt(stage)
    stage.spotify.away = False
    stage.model.playing = False
    await stage.look()
    assert (stage.status(run), stage.requests()) == ("waiting", [(run, "handed_over")])
    assert cards(stage) == ()
    stage.model.playing = True
    await stage.next_song()
    assert list(stage.ledger) == [(run, "fulfilled")]


async def test_never_seen_for_an_hour_and_then_queued_and_played_it_is_fulfilled_once_heard(stage: Stage) -> None:
    run = await never_seen(stage)
    stage.model.add_by_hand(1)
    await stage.look()
    assert (stage.status(run), stage.requests(), list(stage.ledger)) == ("waiting", [(run, "handed_over")], [])
    assert cards(stage) == ()
    await stage.restart()
    await stage.next_song()
    assert stage.now_for() == run
    assert list(stage.ledger) == [(run, "fulfilled")]
    await stage.pass_time(200, step=20)
    assert stage.status(run) == "completed"
    assert stage.kinds().count("song_request_success") == 1


async def test_turned_up_late_and_lost_again_it_is_given_back(stage: Stage) -> None:
    run = await never_seen(stage)
    stage.model.add_by_hand(1)
    await stage.look()
    stage.model.added.clear()
    await stage.pass_time(30, step=5)
    assert (stage.status(run), list(stage.ledger)) == ("failed", [(run, "canceled")])


async def test_a_run_from_before_there_was_such_a_wait_goes_on_to_its_points(stage: Stage) -> None:
    run = await stage.redeem(1)
    stage.rewards.errors.append(RateLimited(stage.now()))
    await stage.next_song()
    assert (stage.status(run), list(stage.ledger)) == ("running", [])
    with stage.rig.transactions.begin() as tx:
        tx.session.execute(delete(SagaStepRow).where(SagaStepRow.name == AFTER_ALL))
    await stage.restart()
    await stage.pass_time(30)
    assert (stage.status(run), list(stage.ledger)) == ("completed", [(run, "fulfilled")])


async def test_what_was_given_back_is_not_fulfilled_when_it_plays_after_all(stage: Stage) -> None:
    run = await in_doubt(stage)
    expect_ok(await stage.host.settle(run, "refund"))
    stage.spotify.away = False
    await stage.look()
    await stage.next_song()
    await stage.pass_time(200, step=20)
    assert (stage.status(run), list(stage.ledger)) == ("failed", [(run, "canceled")])
    assert "song_request_success" not in stage.kinds()


# ---- the ways out ----------------------------------------------------------------------------------------------------


async def test_ignored_it_leaves_the_queue_and_its_points_stay_at_twitch(stage: Stage) -> None:
    run = await in_doubt(stage)
    expect_ok(await stage.host.settle(run, "ignore"))
    await settle()
    assert (cards(stage), stage.requests()) == ((), [])
    stage.spotify.away = False
    await stage.look()
    await stage.next_song()
    await stage.pass_time(200, step=20)
    assert list(stage.ledger) == []
    assert stage.rewards.redemptions[run].status == "unfulfilled"
    assert "song_request_success" not in stage.kinds()


@pytest.mark.parametrize("doubt", ["answer lost", "never seen"])
async def test_removed_it_is_given_back_as_the_question_promises(stage: Stage, doubt: str) -> None:
    run = await (in_doubt(stage) if doubt == "answer lost" else never_seen(stage))
    expect_ok(await stage.queue.remove(run, by="the streamer"))
    await stage.pass_time(10)
    assert (stage.status(run), list(stage.ledger)) == ("failed", [(run, "canceled")])
    assert (cards(stage), stage.requests()) == ((), [])
    assert stage.voice.said[-1] == "Ann: the streamer took your song out of the queue. Your points are back."


async def test_removed_after_the_dashboard_fulfilled_it_nothing_more_is_settled(stage: Stage) -> None:
    run = await in_doubt(stage)
    stage.rewards.settle_in_dashboard(run, "fulfilled")
    expect_ok(await stage.queue.remove(run, by="the streamer"))
    await stage.pass_time(60)
    assert (run, "canceled") not in stage.ledger


async def test_the_end_of_the_session_leaves_what_may_have_been_heard_to_the_streamer(stage: Stage) -> None:
    run = await in_doubt(stage)
    await stage.end_session()
    await stage.pass_time(60)
    assert (stage.status(run), stage.requests(), list(stage.ledger)) == ("outcome_unknown", [], [])
    assert [card.ref for card in cards(stage)] == [run]


async def test_tried_again_what_was_certainly_not_sent_is_held_like_any_other(stage: Stage) -> None:
    """No device: it waits with its reason in sight, and is given up in time."""
    stage.shorten_list()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(502, ""))
    run = await stage.redeem(1)
    stage.spotify.fail("get_queue", *[ProviderUnavailable(503, "")] * 300)
    stage.model.playing = False
    await stage.pass_time(20 * 60 + 30, step=30)
    assert stage.requests() == [(run, "undecided")]
    stage.spotify.errors.clear()
    stage.spotify.fail("add_to_queue", *[NoActiveDevice()] * 300)
    expect_ok(await stage.host.settle(run, "retry"))
    await stage.pass_time(60, step=5)
    assert stage.requests() == [(run, "waiting")]
    assert "no active device" in (stage.one(run).note or "")
    await stage.pass_time(22 * 60, step=30)
    assert (stage.status(run), list(stage.ledger)) == ("failed", [(run, "canceled")])


async def test_a_wish_without_points_is_offered_none(stage: Stage) -> None:
    run = await in_doubt(stage, by_command=True)
    (card,) = cards(stage)
    assert (card.meaning, card.choices) == ("No points hang on it.", ("retry", "ignore"))
    expect_ok(await stage.host.settle(run, "ignore"))
    assert stage.requests() == []


# ---- a run that cannot go on -----------------------------------------------------------------------------------------


@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_a_run_that_cannot_be_read_holds_nobody_up(stage: Stage) -> None:
    first = await stage.redeem(1)
    await stage.look()
    stopped, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    text = damage(stage, stopped)
    await stage.next_song()
    await stage.pass_time(30)
    assert (stopped, "undecided") in stage.requests()
    assert (behind, "handed_over") in stage.requests()
    (card,) = cards(stage)
    assert (card.ref, card.choices) == (stopped, ("retry", "ignore"))
    assert "settle the redemption in its dashboard" in card.meaning
    await stage.next_song()
    assert list(stage.ledger) == [(first, "fulfilled"), (behind, "fulfilled")]

    damage(stage, stopped, text)
    expect_ok(await stage.host.settle(stopped, "retry"))
    await settle()
    assert stage.requests() == [(stopped, "handed_over")]
    await stage.next_song()
    assert stage.ledger[-1] == (stopped, "fulfilled")


@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_a_run_that_cannot_be_read_and_is_ignored_takes_its_request_with_it(stage: Stage) -> None:
    await stage.redeem(1)
    await stage.look()
    stopped, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    damage(stage, stopped)
    await stage.next_song()
    expect_ok(await stage.host.settle(stopped, "ignore"))
    await stage.next_song()
    assert (cards(stage), stage.requests()) == ((), [])
    assert stage.now_for() == behind


@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_a_run_whose_steps_cannot_be_read_can_still_be_given_back(stage: Stage) -> None:
    await stage.redeem(1)
    await stage.look()
    stopped, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    with stage.rig.transactions.begin() as tx:
        of_it = (SagaStepRow.saga == stopped, SagaStepRow.name == "resolve track")
        assert tx.session.execute(update(SagaStepRow).where(*of_it).values(result='{"v":9}')).rowcount == 1  # type: ignore[attr-defined]  # of an update
    await stage.next_song()
    assert set(stage.requests()) == {(stopped, "undecided"), (behind, "handed_over")}
    (card,) = cards(stage)
    assert (card.choices, card.meaning) == (
        ("refund", "retry", "ignore"),
        "Twitch still holds the viewer's points; they can be given back.",
    )
    expect_ok(await stage.host.settle(stopped, "refund"))
    await stage.pass_time(10)
    assert (stage.status(stopped), stage.ledger[-1]) == ("failed", (stopped, "canceled"))
    assert (cards(stage), stage.requests()) == ((), [(behind, "handed_over")])
    assert stage.voice.said[-1] == "Ben: The streamer gave it back. Your points are back."


async def broken_turn(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A request whose turn breaks through a bug, and one behind it."""
    await stage.redeem(1)
    await stage.look()
    broken, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    plan = stage.queue._line.plan

    def breaks(session: Session, entries: Sequence[Entry] | None = None, known: Known | None = None) -> Plan:
        found = plan(session, entries, known)
        if entries is None and found.grant == broken:
            raise KeyError(found.grant)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(stage.queue._line, "plan", breaks)
        await stage.next_song()
    return broken, behind


async def broken_hand_over(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A request whose hand-over breaks through a bug before anything is sent, and one behind it."""
    await stage.redeem(1)
    await stage.look()
    broken, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    paused = stage.queue.handing.paused

    def breaks(request_id: str) -> str | None:
        if request_id == broken:
            raise KeyError(request_id)
        return paused(request_id)

    with monkeypatch.context() as patch:
        patch.setattr(stage.queue.handing, "paused", breaks)
        await stage.next_song()
    return broken, behind


BREAKS = pytest.mark.parametrize("breaks", [broken_turn, broken_hand_over])
Breaks: TypeAlias = Callable[[Stage, pytest.MonkeyPatch], Awaitable[tuple[str, str]]]


@pytest.mark.expected_logs("(wait for turn|hand over) of .* failed through a bug")
@BREAKS
@pytest.mark.parametrize("way_out", ["remove", "refund"])
async def test_a_turn_that_breaks_holds_nobody_up_and_is_given_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, breaks: Breaks, way_out: str
) -> None:
    broken, behind = await breaks(stage, monkeypatch)
    await stage.pass_time(30)
    assert set(stage.requests()) == {(broken, "undecided"), (behind, "handed_over")}
    (card,) = cards(stage)
    assert "could not go on" in card.happened and card.choices == ("fulfil", "refund", "retry", "ignore")
    assert "could not go on" in (stage.one(broken).note or "")
    if way_out == "remove":
        expect_ok(await stage.queue.remove(broken, by="the streamer"))
    else:
        expect_ok(await stage.host.settle(broken, "refund"))
    await stage.pass_time(10)
    assert (stage.status(broken), stage.ledger[-1]) == ("failed", (broken, "canceled"))
    assert (cards(stage), stage.requests()) == ((), [(behind, "handed_over")])


@pytest.mark.expected_logs("(wait for turn|hand over) of .* failed through a bug")
@BREAKS
async def test_what_was_set_aside_waits_its_turn_again_when_its_run_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, breaks: Breaks
) -> None:
    broken, behind = await breaks(stage, monkeypatch)
    later = await stage.redeem(4)
    await stage.pass_time(30)
    expect_ok(await stage.host.settle(broken, "retry"))
    await settle()
    assert stage.requests() == [(behind, "handed_over"), (broken, "waiting"), (later, "waiting")]
    await stage.next_song()
    assert stage.requests() == [(broken, "handed_over"), (later, "waiting")]
    assert await stage.queue.remove(broken, by="Mo") == Err(CannotWithdraw(broken))


@pytest.mark.expected_logs("(wait for turn|hand over) of .* failed through a bug")
@BREAKS
async def test_what_was_set_aside_is_not_taken_for_a_song_that_somebody_adds(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, breaks: Breaks
) -> None:
    broken, _ = await breaks(stage, monkeypatch)
    stage.model.add_by_hand(2)
    await stage.pass_time(30)
    assert (broken, "undecided") in stage.requests()
    await stage.end_session()
    await stage.pass_time(30)
    assert (broken, "canceled") in stage.ledger


async def broken_approval(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    """A request that nobody has approved yet, whose run breaks through a bug while it waits for that."""
    await stage.set(needs_approval=True)
    broken = await stage.redeem(2, BEN)
    turn_in = stage.queue.handing.turn_in

    def breaks(tx: Transaction, request_id: str) -> Turn:
        if request_id == broken:
            raise KeyError(request_id)
        return turn_in(tx, request_id)

    with monkeypatch.context() as patch:
        patch.setattr(stage.queue.handing, "turn_in", breaks)
        with stage.rig.transactions.begin() as tx:
            stage.host.wake_in(tx, broken)
        await settle()
    assert (stage.status(broken), stage.requests()) == ("outcome_unknown", [(broken, "approval")])
    return broken


@pytest.mark.expected_logs("wait for turn of .* failed through a bug")
async def test_a_run_that_goes_on_after_all_still_needs_its_approval(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = await broken_approval(stage, monkeypatch)
    expect_ok(await stage.host.settle(broken, "retry"))
    await stage.pass_time(30)
    assert (stage.status(broken), stage.requests(), stage.spotify.added) == ("waiting", [(broken, "approval")], [])
    expect_ok(await stage.queue.approve(broken, yes=True))
    await settle()
    assert stage.requests() == [(broken, "handed_over")]


@pytest.mark.expected_logs("wait for turn of .* failed through a bug")
@pytest.mark.parametrize("yes", [True, False])
async def test_the_approval_itself_lets_a_broken_run_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    broken = await broken_approval(stage, monkeypatch)
    expect_ok(await stage.queue.approve(broken, yes=yes))
    await settle()
    assert stage.requests() == ([(broken, "handed_over")] if yes else [])
    assert stage.ledger == ([] if yes else [(broken, "canceled")])


@pytest.mark.expected_logs("wait for turn of .* failed through a bug")
@pytest.mark.parametrize("answer", ["fulfil", "refund", "ignore"])
async def test_each_answer_takes_an_unapproved_request_out_of_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Settlement
) -> None:
    broken = await broken_approval(stage, monkeypatch)
    expect_ok(await stage.host.settle(broken, answer))
    await stage.pass_time(10)
    assert (cards(stage), stage.requests()) == ((), [])


@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_an_approved_request_whose_run_cannot_be_read_holds_nobody_up(stage: Stage) -> None:
    await stage.set(needs_approval=True)
    stopped = await stage.redeem(2, BEN)
    damage(stage, stopped)
    with stage.rig.transactions.begin() as tx:
        stage.host.wake_in(tx, stopped)
    await settle()
    assert stage.requests() == [(stopped, "approval")]
    expect_ok(await stage.queue.approve(stopped, yes=True))
    await settle()
    await stage.set(needs_approval=False)
    behind = await stage.redeem(3, CEE)
    assert set(stage.requests()) == {(stopped, "undecided"), (behind, "handed_over")}


@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_what_an_older_version_left_in_front_is_set_aside_at_a_start(stage: Stage) -> None:
    await stage.redeem(1)
    await stage.look()
    stopped, behind = await stage.redeem(2, BEN), await stage.redeem(3, CEE)
    damage(stage, stopped)
    await stage.next_song()
    with stage.rig.transactions.begin() as tx:
        entry = store.find(tx.session, stopped)
        assert entry is not None
        store.put(tx.session, replace(entry, state="waiting"))
    await stage.restart()
    await stage.next_song()
    assert (stopped, "undecided") in stage.requests()
    assert stage.now_for() == behind or (behind, "handed_over") in stage.requests()


@pytest.mark.parametrize("age", [timedelta(hours=23), timedelta(hours=25)])
@pytest.mark.expected_logs("is stopped, it cannot be understood")
async def test_what_was_set_aside_leaves_the_queue_after_a_day(stage: Stage, age: timedelta) -> None:
    await stage.redeem(1)
    await stage.look()
    stopped = await stage.redeem(2, BEN)
    damage(stage, stopped)
    await stage.next_song()
    stage.clock.advance(age.total_seconds())
    await stage.restart()
    assert ((stopped, "undecided") in stage.requests()) == (age < timedelta(hours=24))
    assert [card.ref for card in cards(stage)] == [stopped]
