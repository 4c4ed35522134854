"""The end of a session settles what was not heard, also what came to Spotify, or was asked for, beside the session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.result import Err, Result
from companion.ports.failures import NetworkDown, NoActiveDevice, ProviderUnavailable, RateLimited, SpotifyError
from companion.ports.saga_params import Points, SongRequestParams
from companion.ports.spotify import UpcomingPicture
from tests.fakes.clock import START
from tests.fakes.runtime import settle
from tests.fakes.spotify import a_track
from tests.unit.objects.song_queue.stage import ANN, BEN, SESSION, Stage


async def test_a_session_that_ends_while_spotify_takes_the_song_leaves_nothing_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = stage.spotify.add_to_queue

    async def at_the_last_moment(uri: str) -> Result[None, SpotifyError]:
        answer = await add(uri)
        await stage.end_session()
        return answer

    monkeypatch.setattr(stage.spotify, "add_to_queue", at_the_last_moment)
    run = await stage.redeem(1)
    await settle()
    assert len(stage.spotify.added) == 1
    assert stage.ledger == [(run, "canceled")]
    assert stage.requests() == []


async def test_what_was_asked_for_off_air_before_the_stream_ends_with_it(stage: Stage) -> None:
    stage.stream.live, stage.stream.session_id = False, None
    await stage.limit(live_only=False)
    run = await stage.redeem(1)
    stage.stream.live, stage.stream.session_id = True, SESSION
    await stage.pass_time(30)
    assert stage.requests() == [(run, "handed_over")]
    await stage.end_session()
    assert stage.ledger == [(run, "canceled")]


async def test_what_is_asked_for_off_air_after_the_stream_does_not(stage: Stage) -> None:
    await stage.limit(live_only=False)
    stage.stream.live, stage.stream.session_id = False, None
    await stage.rig.pass_time(60)
    ended_at = stage.now()
    await stage.rig.pass_time(60)
    run = await stage.redeem(1)
    await stage.end_session(ended_at)
    assert stage.requests() == [(run, "handed_over")]
    assert stage.ledger == []


async def refused_at_the_last_moment(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: SpotifyError) -> str:
    """A request whose session ends while Spotify is about to refuse its song; its run."""

    async def at_the_last_moment(uri: str) -> Result[None, SpotifyError]:
        await stage.end_session()
        return Err(error)

    with monkeypatch.context() as patch:
        patch.setattr(stage.spotify, "add_to_queue", at_the_last_moment)
        run = await stage.redeem(1)
        await settle()
    return run


@pytest.mark.parametrize("error", [NoActiveDevice(), RateLimited(START + timedelta(hours=1)), NetworkDown("")])
@pytest.mark.parametrize("off_air", [False, True])
async def test_a_session_that_ends_while_spotify_refuses_the_song_gives_the_points_back_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: SpotifyError, off_air: bool
) -> None:
    if off_air:
        stage.stream.live, stage.stream.session_id = False, None
        await stage.limit(live_only=False)

    run = await refused_at_the_last_moment(stage, monkeypatch, error)
    assert stage.ledger == [(run, "canceled")]
    assert stage.voice.said[-1] == "Ann: The stream ended before your song could play. Your points are back."
    await stage.pass_time(120)
    assert (stage.requests(), stage.spotify.added) == ([], [])


async def test_a_session_that_ends_before_spotify_is_read_hands_nothing_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = stage.spotify.get_queue

    async def at_the_last_moment() -> Result[UpcomingPicture, SpotifyError]:
        stage.stream.live, stage.stream.session_id = False, None  # known before the event of it is told
        return await read()

    monkeypatch.setattr(stage.spotify, "get_queue", at_the_last_moment)
    run = await stage.redeem(1)
    await settle()
    assert (stage.ledger, stage.spotify.added) == ([(run, "canceled")], [])


@pytest.mark.parametrize("error", [NoActiveDevice(), NetworkDown("")])
async def test_the_points_of_what_came_to_nothing_at_the_end_are_kept_if_that_is_set(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: SpotifyError
) -> None:
    await stage.set(keep_points_of_unheard=True)
    run = await refused_at_the_last_moment(stage, monkeypatch, error)
    await stage.pass_time(30)
    assert (stage.ledger, stage.requests(), stage.spotify.added) == ([(run, "fulfilled")], [], [])


@pytest.mark.parametrize("reason", ["off air", "on hold"])
async def test_a_held_request_is_not_handed_over_while_nothing_is(stage: Stage, reason: str) -> None:
    """The stream is gone for some minutes and may come back, or everything is on hold."""
    stage.spotify.fail("add_to_queue", NoActiveDevice())
    run = await stage.redeem(1)
    stage.stream.live, stage.held = reason != "off air", reason == "on hold"
    await stage.pass_time(5 * 60)
    assert (stage.requests(), stage.spotify.added, stage.ledger) == ([(run, "waiting")], [], [])
    stage.stream.live, stage.held = True, False
    await stage.pass_time(15)
    assert stage.requests() == [(run, "handed_over")]


@pytest.mark.parametrize("keep", [True, False])
async def test_what_was_asked_for_before_the_end_and_let_in_after_it_holds_up_nobody(stage: Stage, keep: bool) -> None:
    await stage.set(keep_points_of_unheard=keep)
    await stage.limit(live_only=False)
    typed = f"spotify:track:{a_track(1).id}"
    bought = stage.rewards.redeem(await stage.reward(), typed, viewer=ANN)
    points = Points(bought.reward_id, bought.id)
    params = SongRequestParams("reward", ANN, "everyone", typed, stage.twitch_now(), points)
    await stage.pass_time(30)
    await stage.end_session()
    late = await stage._begin(bought.id, params)
    await stage.pass_time(30)
    assert (stage.requests(), stage.ledger) == ([], [(late, "fulfilled" if keep else "canceled")])
    stage.stream.live, stage.stream.session_id = True, "session-2"
    stage.queue.replan()
    behind = await stage.redeem(2, BEN)
    assert (stage.requests(), stage.spotify.added) == ([(behind, "handed_over")], [a_track(2).uri])


@pytest.mark.parametrize("keep", [True, False])
async def test_a_session_that_ends_right_before_the_song_is_sent_leaves_nothing_open(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """Known before the event of it is told, and that never finds the request any more."""
    await stage.set(keep_points_of_unheard=keep)
    read = stage.spotify.get_queue

    async def at_the_last_moment() -> Result[UpcomingPicture, SpotifyError]:
        stage.stream.live, stage.stream.session_id, stage.stream.ended_at = False, None, stage.now()
        return await read()

    monkeypatch.setattr(stage.spotify, "get_queue", at_the_last_moment)
    run = await stage.redeem(1)
    await stage.pass_time(30)
    assert (stage.requests(), stage.spotify.added) == ([], [])
    assert stage.ledger == [(run, "fulfilled" if keep else "canceled")]


@pytest.mark.parametrize("keep", [True, False])
async def test_a_session_that_ends_while_nobody_can_tell_takes_the_request_off_the_queue(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """What may have been heard stays with the streamer."""
    await stage.set(keep_points_of_unheard=keep)
    stage.shorten_list()
    await stage.look()
    stage.spotify.fail("add_to_queue", ProviderUnavailable(503, ""))
    read, looks = stage.spotify.get_queue, 0

    async def at_the_last_moment() -> Result[UpcomingPicture, SpotifyError]:
        nonlocal looks
        looks += 1
        answer = await read()
        if looks == 3:  # one before the call, and the first of the two that must agree
            await stage.end_session()
        return answer

    monkeypatch.setattr(stage.spotify, "get_queue", at_the_last_moment)
    run = await stage.redeem(2)
    stage.model.skip()
    await stage.pass_time(40, step=5)
    assert (stage.requests(), stage.ledger, stage.status(run)) == ([], [], "outcome_unknown")


@pytest.mark.expected_logs("hand over of .* failed through a bug")
@pytest.mark.parametrize("keep", [True, False])
async def test_a_session_that_ends_while_a_hand_over_breaks_settles_what_was_never_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    await stage.set(keep_points_of_unheard=keep)

    def at_the_last_moment(request_id: str) -> None:
        monkeypatch.undo()
        stage.stream.live, stage.stream.session_id, stage.stream.ended_at = False, None, stage.now()
        raise KeyError(request_id)

    monkeypatch.setattr(stage.queue.handing, "paused", at_the_last_moment)
    run = await stage.redeem(1)
    await stage.pass_time(30)
    assert (stage.requests(), stage.spotify.added) == ([], [])
    assert stage.ledger == [(run, "fulfilled" if keep else "canceled")]
