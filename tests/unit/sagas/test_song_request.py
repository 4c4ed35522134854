"""The saga of a song request: the words, what is refused and how, and what may happen only once."""

from __future__ import annotations

from contextlib import suppress

import pytest

from companion.kernel.result import expect_ok
from companion.ports.chat import ChatDropped, ChatUncertain
from companion.ports.events import SongRequestRefused
from companion.ports.failures import (
    NetworkDown,
    NoAccess,
    NotConfigured,
    PremiumRequired,
    ProviderUnavailable,
    ReauthorizationRequired,
)
from companion.ports.rewards import Verdict
from companion.ports.saga_params import SONG_REQUEST, Points, SongRequestParams
from tests.fakes.clock import START
from tests.fakes.runtime import Killed, settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import ANN, BEN, Stage

ID = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "no_input", "Please name a song, or send its link on Spotify."),
        (f"https://open.spotify.com/album/{ID}", "not_a_track", "This is an album, please send the link of a song."),
        (f"spotify:playlist:{ID}", "not_a_track", "This is a playlist, please send the link of a song."),
        (f"spotify:episode:{ID}", "not_a_track", "This is an episode, please send the link of a song."),
        ("spotify:local:a:b:c:1", "not_a_track", "This is a local file, please send the link of a song."),
        ("https://example.com/song", "bad_link", "This link leads to no song of Spotify's."),
        ("https://spotify.link/nowhere", "bad_link", "This link leads to no song of Spotify's."),
        (f"spotify:track:{ID}", "nothing_found", "Spotify knows no such song."),
        ("no such words", "nothing_found", "Nothing like that was found on Spotify."),
    ],
)
async def test_what_is_no_song_is_refused_by_name(stage: Stage, text: str, code: str, line: str) -> None:
    run = await stage.redeem(text)
    assert stage.ledger == [(run, "canceled")]
    assert stage.status(run) == "failed"
    (event,) = [event for event in stage.events if isinstance(event, SongRequestRefused)]
    assert (event.reason, event.by_viewer, event.text, event.viewer_id) == (code, True, line, ANN.user_id)
    assert stage.voice.said == [f"Ann: {line} Your points are back."]
    assert stage.requests() == []


async def test_a_search_shows_its_best_match(stage: Stage) -> None:
    stage.spotify.found["night train"] = [a_track(3), a_track(4)]
    run = await stage.redeem("night train")
    assert stage.one(run).track == a_track(3)
    assert stage.voice.said[0].startswith("Ann, the best match is “Song 3” by Somebody, Somebody Else, it is next")


async def test_links_only_refuses_words(stage: Stage) -> None:
    await stage.set(links_only=True)
    run = await stage.redeem("night train")
    assert stage.spotify.queries == []
    assert stage.ledger == [(run, "canceled")]


@pytest.mark.parametrize("target", ["track/{id}", "intl-de/track/{id}?si=1"])
async def test_a_short_link_is_followed_once(stage: Stage, target: str) -> None:
    stage.spotify.links["https://spotify.link/abc"] = "https://open.spotify.com/" + target.format(id=a_track(2).id)
    stage.spotify.links["https://spotify.link/loop"] = "https://spotify.link/abc"
    run = await stage.redeem("https://spotify.link/abc")
    assert stage.one(run).track == a_track(2)
    looping = await stage.redeem("https://spotify.link/loop", BEN)
    assert stage.ledger == [(looping, "canceled")]


async def test_a_rule_refuses_in_its_own_words(stage: Stage) -> None:
    await stage.redeem(1)
    run = await stage.redeem(1, BEN)
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ben: “Song 1” is in the queue already. Your points are back."


async def test_a_chat_line_whose_fate_is_unknown_is_never_said_again(stage: Stage) -> None:
    stage.voice.errors.extend([ChatUncertain(), ChatDropped("msg_rejected")])
    first = await stage.redeem(1)
    await stage.redeem(2, BEN)
    await stage.pass_time(60)
    assert stage.voice.said == []
    assert stage.requests()[0] == (first, "handed_over")


async def test_reads_are_tried_three_times_then_refunded_and_nobody_is_blamed(stage: Stage) -> None:
    stage.spotify.fail("get_track", *[NetworkDown("")] * 3)
    run = await stage.redeem(1)
    assert stage.ledger == []
    await stage.pass_time(30, step=2)
    assert stage.ledger == [(run, "canceled")]
    (event,) = [event for event in stage.events if isinstance(event, SongRequestRefused)]
    assert not event.by_viewer


async def test_a_missing_login_holds_the_request_and_then_gives_it_back(stage: Stage) -> None:
    error = NoAccess(ReauthorizationRequired("over", START))
    stage.spotify.fail("get_track", *[error] * 3)
    run = await stage.redeem(1)
    await stage.pass_time(60)
    assert stage.requests() == [(run, "handed_over")]
    stage.spotify.fail("get_track", *[NoAccess(NotConfigured())] * 500)
    other = await stage.redeem(2, BEN)
    await stage.pass_time(21 * 60, step=30)
    assert (other, "canceled") in stage.ledger
    assert stage.voice.said[-1].startswith("Ben: Spotify could not be reached. This is not your doing.")


async def test_a_night_in_which_nobody_looked_for_the_song_costs_no_request(stage: Stage) -> None:
    stage.spotify.fail("get_track", *[NoAccess(NotConfigured())] * 2)
    run = await stage.redeem(1)
    stage.clock.advance(8 * 3600)
    await stage.restart()
    assert stage.ledger == []
    await stage.pass_time(30)
    assert stage.requests() == [(run, "handed_over")]


async def test_what_spotify_refuses_for_good_is_refunded(stage: Stage) -> None:
    stage.spotify.fail("add_to_queue", PremiumRequired(of_owner=False, detail=""))
    run, behind = await stage.redeem(1), await stage.redeem(2)
    await settle()
    assert stage.ledger == [(run, "canceled")]
    assert stage.requests() == [(behind, "handed_over")]


@pytest.mark.parametrize("verdict", ["fulfilled", "canceled"])
async def test_a_lost_answer_to_the_settlement_is_looked_up(stage: Stage, verdict: str) -> None:
    stage.rewards.lose_answers["settle"] = 1
    run = await stage.redeem(1 if verdict == "fulfilled" else "no such words")
    await stage.next_song()
    await stage.pass_time(30)
    assert stage.ledger == [(run, verdict)]
    assert stage.status(run) in {"completed", "failed"}


async def test_a_refund_that_fails_five_times_needs_the_streamer_and_is_then_done_once(stage: Stage) -> None:
    """Trouble that never ends: the points are not forgotten, and go back when the streamer says so."""
    stage.rewards.refusals["canceled"].extend([ProviderUnavailable(503, "")] * 5)
    run = await stage.redeem("no such words")
    await stage.pass_time(120)
    assert stage.rewards.calls.count("settle") == 5
    assert stage.ledger == []
    assert stage.status(run) == "compensation_failed"
    (card,) = stage.host.needs_you()
    assert card.offers == ("fulfil", "refund", "retry", "ignore")
    expect_ok(await stage.host.settle(run, "refund"))
    await settle()
    assert stage.ledger == [(run, "canceled")]
    assert stage.status(run) == "failed"


@pytest.mark.expected_logs("task failed|failed through a bug")
async def test_killed_between_the_fulfilment_and_its_record_it_is_not_fulfilled_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twitch has it fulfilled, the journal has it begun: the redemption's status is looked up, nothing is sent."""
    run = await stage.redeem(1)
    settle_points = stage.rewards.settle

    async def last_words(reward_id: str, redemption_id: str, verdict: Verdict) -> object:
        answer = await settle_points(reward_id, redemption_id, verdict)
        stage.rig.transactions.dead = True
        return answer

    monkeypatch.setattr(stage.rewards, "settle", last_words)
    with suppress(Killed):
        await stage.next_song()
    monkeypatch.undo()
    assert stage.ledger == [(run, "fulfilled")]
    await stage.restart()
    await stage.pass_time(30)
    assert stage.rewards.calls.count("settle") == 1
    assert stage.status(run) == "completed"
    assert stage.kinds().count("song_request_success") == 1


async def test_a_reward_deleted_in_the_dashboard_ends_the_run_as_such(stage: Stage) -> None:
    run = await stage.redeem(1)
    stage.rewards.delete_in_dashboard(await stage.reward())
    await stage.next_song()
    await stage.pass_time(30)
    assert stage.status(run) == "completed"
    assert stage.ledger == []


async def test_the_streamer_may_say_that_an_undecided_one_was_played(stage: Stage) -> None:
    run = await stage.redeem(1)
    stage.model.added.clear()
    await stage.pass_time(3700, step=100)
    assert stage.status(run) == "outcome_unknown"
    expect_ok(await stage.host.settle(run, "fulfil"))
    await settle()
    assert stage.ledger == [(run, "fulfilled")]
    assert stage.requests() == []


@pytest.mark.parametrize("text", ["spotify:track:" + "0" * 21 + "1", "no such words"])
async def test_a_redemption_that_came_settled_is_neither_fulfilled_nor_given_back(stage: Stage, text: str) -> None:
    bought = stage.rewards.redeem(await stage.reward(), text, status="fulfilled")
    points = Points(bought.reward_id, bought.id, settled_already=True)
    params = SongRequestParams("reward", ANN, "everyone", text, stage.clock.now(), points)
    with stage.rig.transactions.begin() as tx:
        expect_ok(stage.host.start_in(tx, SONG_REQUEST, bought.id, params))
    await settle()
    await stage.next_song()
    assert stage.status(bought.id) in {"completed", "failed"}
    assert "settle" not in stage.rewards.calls
    assert all("points" not in line for line in stage.voice.said)


async def test_a_run_says_whose_request_it_is(stage: Stage) -> None:
    run = await stage.redeem("  night\n train ")
    view = stage.host.get_run(run)
    assert view is not None
    assert view.summary == "Ann asked for “night train”"
