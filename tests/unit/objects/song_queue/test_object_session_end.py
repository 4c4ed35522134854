"""The end of a session settles what was not heard, also what came to Spotify, or was asked for, beside the session."""

from __future__ import annotations

import pytest

from companion.kernel.result import Result
from companion.ports.failures import SpotifyError
from tests.fakes.runtime import settle
from tests.unit.objects.song_queue.stage import SESSION, Stage


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
