"""Ends that are told late, after the next stream has begun: they name no stream."""

from __future__ import annotations

from companion.ports.events import StreamWentOnline
from tests.fakes.clock import START
from tests.unit.objects.stream_lifecycle.stage import Stage

WINDOW = 600.0


async def test_the_late_end_of_the_stream_before_leaves_the_running_one_alone(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.poll(10)
    await stage.online("B", 90)
    await stage.offline(95)  # it names no stream: A's, stamped after B's start
    assert stage.live()
    assert stage.kinds == ["online", "offline", "online"]
    await stage.restart()
    await stage.offline(120)  # the next one is B's
    assert not stage.live()


async def test_a_kill_between_the_start_and_that_late_end_changes_nothing(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.online("B", 90)
    await stage.restart()
    await stage.offline(95)
    assert stage.live()


async def test_an_end_long_after_the_start_is_the_running_streams_own(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.online("B", 90)  # A's end was lost
    await stage.offline(90 + 601)
    assert not stage.live()


async def test_helix_closes_the_running_stream_when_the_end_was_its_own_after_all(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.online("B", 60)
    await stage.offline(120)
    await stage.poll(None, wait=60 + WINDOW + 6 * 60)
    assert not stage.live()


async def test_the_times_of_events_are_in_the_order_of_the_transitions(stage: Stage) -> None:
    await stage.online("A", 0)
    await stage.offline(100)
    await stage.online("B", 90)  # begun before the end of A was stamped
    times = [event.at for event in stage.events]
    assert times == sorted(set(times))
    assert isinstance(stage.events[-1], StreamWentOnline) and stage.events[-1].started_at == START
