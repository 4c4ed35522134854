"""Lines in chat: retried when they certainly were not sent, never sent twice."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from companion.objects.achievements.announcer import told
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain
from companion.ports.failures import NetworkDown, QuotaExhausted, RateLimited
from tests.fakes.clock import START
from tests.fakes.runtime import Killed
from tests.unit.objects.achievements.stage import Stage


async def test_the_line_names_the_viewer_the_achievement_and_what_it_is_for(stage: Stage) -> None:
    await stage.rolled()

    assert stage.voice.said == ["Marlow unlocked In the Hat 🎲: Your first raffle roll."]
    assert await stage.lines() == {"first_roll": "sent"}


async def test_a_refused_line_is_tried_again_after_3_5_and_10_seconds(stage: Stage) -> None:
    stage.voice.errors.extend([ChatDropped("no"), ChatRefused(NetworkDown("x")), ChatDropped("no")])
    await stage.rolled()
    waits = []
    for _ in range(3):
        before = len(stage.voice.errors)
        start = stage.clock.now()
        while len(stage.voice.errors) == before and not stage.voice.said:
            await stage.rig.pass_time(1)
        waits.append((stage.clock.now() - start).total_seconds())

    assert waits == [3, 5, 10]
    assert len(stage.voice.said) == 1


async def test_after_the_last_try_it_is_abandoned(stage: Stage) -> None:
    stage.voice.errors.extend([ChatDropped("no")] * 9)
    await stage.rolled()
    await stage.rig.pass_time(3_600)

    assert (await stage.lines(), len(stage.voice.errors)) == ({"first_roll": "abandoned"}, 5)
    assert stage.voice.said == []


async def test_it_waits_longer_when_told(stage: Stage) -> None:
    stage.voice.errors.append(ChatBusy(START + timedelta(seconds=40)))
    await stage.rolled()
    await stage.rig.pass_time(39)
    assert stage.voice.said == []
    await stage.rig.pass_time(1)
    assert len(stage.voice.said) == 1


async def test_one_line_without_room_is_an_attempt_of_every_line_that_is_due(stage: Stage) -> None:
    busy = [ChatBusy(START + timedelta(seconds=40 * times)) for times in (1, 2, 3)]
    stage.voice.errors.extend(busy)
    await stage.rolled(42, record=True)
    waiting = await stage.lines()
    assert len(waiting) > 1
    assert (set(waiting.values()), list(stage.voice.errors)) == ({"pending"}, busy[1:])

    await stage.rig.pass_time(119)
    assert (list(stage.voice.errors), stage.voice.said) == ([], [])
    await stage.rig.pass_time(1)
    assert len(stage.voice.said) == len(waiting)


async def test_lines_that_never_find_room_are_all_abandoned(stage: Stage) -> None:
    stage.voice.errors.extend(ChatBusy(START + timedelta(seconds=40 * times)) for times in (1, 2, 3, 4))
    await stage.rolled(42, record=True)
    await stage.rig.pass_time(3_600)

    assert (set((await stage.lines()).values()), stage.voice.said) == ({"abandoned"}, [])


@pytest.mark.parametrize(
    "error", [ChatBusy(START), ChatRefused(RateLimited(START)), ChatRefused(QuotaExhausted(START))]
)
def test_who_tells_how_long_to_wait(error: ChatBusy | ChatRefused) -> None:
    assert told(error) == START
    assert told(ChatOff("not signed in")) is None


async def test_an_uncertain_line_is_never_sent_again(stage: Stage) -> None:
    stage.voice.errors.append(ChatUncertain())
    await stage.rolled()
    await stage.rig.pass_time(3_600)
    await stage.restart()

    assert (await stage.lines(), stage.voice.said) == ({"first_roll": "uncertain"}, [])


@pytest.mark.expected_logs("task failed")
async def test_a_line_cut_off_in_mid_send_is_uncertain_and_never_sent_again(stage: Stage) -> None:
    stage.voice.dies = True
    await stage.rolled(42)
    await stage.restart()
    await stage.rig.pass_time(60)

    assert len(stage.voice.said) == 2
    assert sorted(filter(None, (await stage.lines()).values())) == ["sent", "uncertain"]


@pytest.mark.parametrize("commit", range(1, 8))
@pytest.mark.expected_logs("task failed")
async def test_no_line_twice_whenever_the_process_dies(stage: Stage, commit: int) -> None:
    stage.rig.transactions.dies_after = stage.rig.transactions.commits + commit
    with contextlib.suppress(Killed):
        await stage.rolled(42, record=True)
    await stage.restart()
    await stage.rig.pass_time(60)

    assert len(set(stage.voice.said)) == len(stage.voice.said)
    assert "pending" not in (await stage.lines()).values()


async def test_a_hold_pauses_and_a_release_goes_on(stage: Stage) -> None:
    stage.object.set_held(held=True)
    await stage.rolled()
    await stage.rig.pass_time(600)
    assert (stage.voice.said, await stage.lines()) == ([], {"first_roll": "pending"})

    stage.object.set_held(held=False)
    await stage.rig.pass_time(0.01)
    assert await stage.lines() == {"first_roll": "sent"}


async def test_a_hold_outlives_a_restart(stage: Stage) -> None:
    stage.object.set_held(held=True)
    await stage.rolled()
    await stage.rig.crash()
    stage.make()
    stage.object.set_held(held=True)
    await stage.rig.pass_time(60)
    assert stage.voice.said == []

    stage.object.set_held(held=False)
    await stage.rig.pass_time(0.01)
    assert len(stage.voice.said) == 1


async def test_a_hold_that_chat_knows_of_first_costs_no_attempt(stage: Stage) -> None:
    stage.voice.held = True
    await stage.rolled()
    await stage.rig.pass_time(120)
    assert await stage.lines() == {"first_roll": "pending"}

    stage.voice.held = False
    await stage.rig.pass_time(10)
    assert await stage.lines() == {"first_roll": "sent"}
