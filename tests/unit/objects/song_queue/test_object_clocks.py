"""This machine's clock and Twitch's apart: what is compared with Twitch's times is stamped by Twitch's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.kernel.instant import Instant
from companion.kernel.result import expect_ok
from companion.objects.achievements import rules
from companion.objects.achievements.definitions import BUILTINS
from companion.ports.events import SongRequestSucceeded
from companion.ports.viewers import Viewer
from tests.unit.objects.song_queue.stage import ANN, BEN, SESSION, Stage

APART = [timedelta(minutes=11), timedelta(0), timedelta(minutes=-11)]
"""So far this machine's clock is ahead."""


async def played(stage: Stage, number: int, viewer: Viewer) -> SongRequestSucceeded:
    """Asked for, and played to its end."""
    run = await stage.redeem(number, viewer)
    await stage.next_song()
    await stage.next_song()
    await stage.rig.pass_time(0)
    (told,) = (event for event in stage.events if isinstance(event, SongRequestSucceeded) and event.request_id == run)
    return told


def opens(event: SongRequestSucceeded, started_at: Instant, latest: Instant | None) -> bool:
    """Whether the achievements take it for the first song of the stream."""
    session = rules.Session(SESSION, 1, started_at, online=True)
    facts = rules.Facts(BUILTINS, session=session, latest_success=latest)
    decided = rules.decide(event, facts, event.at).decisions
    return any(each.definition.id == "stream_opener" for each in decided)


@pytest.mark.parametrize("fast", APART)
async def test_the_first_song_of_the_stream_is_the_first(stage: Stage, fast: timedelta) -> None:
    stage.fast = fast
    before = await played(stage, 1, BEN)
    started_at = stage.twitch_now()
    await stage.rig.pass_time(60)
    first = await played(stage, 2, ANN)
    second = await played(stage, 3, BEN)

    assert not opens(before, started_at, None)
    assert opens(first, started_at, before.at)
    assert not opens(second, started_at, first.at)


@pytest.mark.parametrize("fast", APART)
async def test_what_was_asked_for_off_air_is_over_with_the_stream_that_came_after_it(
    stage: Stage, fast: timedelta
) -> None:
    stage.fast = fast
    await stage.limit(live_only=False)
    stage.stream.live, stage.stream.session_id = False, None
    stage.stream.ended_at = stage.twitch_now()
    await stage.rig.pass_time(60)
    run = await stage.redeem(1)
    standing = stage.queue.standing
    assert standing.why_not(run) is None, "the stream that is over had ended before"
    waits = await stage.redeem(2)
    await stage.rig.pass_time(60)
    stage.stream.ended_at = stage.twitch_now()
    assert standing.why_not(waits) is not None, "a stream has come and gone since"


@pytest.mark.parametrize("fast", APART)
async def test_the_same_song_is_refused_for_half_an_hour_and_no_longer(stage: Stage, fast: timedelta) -> None:
    stage.fast = fast
    await played(stage, 1, ANN)
    (song,) = expect_ok(await stage.queue.get_history()).songs
    assert timedelta(0) <= stage.twitch_now() - song.played_at < timedelta(seconds=10)

    await stage.rig.pass_time(29 * 60)
    refused = await stage.redeem(1, BEN)
    await stage.rig.pass_time(0)
    assert (refused, "canceled") in stage.ledger
    await stage.rig.pass_time(60)
    again = await stage.redeem(1, BEN)
    assert again in [run for run, _ in stage.requests()]
