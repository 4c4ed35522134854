"""The event bus: told with the change, at least once, in order, each receiver on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from companion.kernel.instant import Instant, seconds
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.ports.events import (
    DomainEvent,
    NowPlayingChanged,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
)
from companion.runtime import event_bus, outbox
from companion.runtime.event_bus import EventBus
from companion.runtime.event_codec import decode_event, encode_event
from companion.runtime.tables import AlarmRow, OutboxDeliveryRow, OutboxEventRow, ReceiptRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Killed, Rig, Rigs, allow_writes, fill_disk, free_disk, refuse_writes, settle, until

FAR = START + timedelta(days=3650)


def an_event(number: int, at: Instant = START) -> DomainEvent:
    return StreamSessionEnded(
        event_id=f"event-{number}", at=at, session_id="s", started_at=at, ended_at=at, peak_viewer_count=number
    )


class Receiver:
    """Takes events; `answers` are used up first, afterwards everything is taken."""

    def __init__(self, rig: Rig, name: str = "receiver", *answers: Result[None, str] | Exception) -> None:
        self.rig = rig
        self.answers = list(answers)
        self.offered: list[tuple[str, float]] = []
        self.taken: list[str] = []
        self.gate: asyncio.Event | None = None
        rig.bus.receive(name, self.take)

    async def take(self, event: DomainEvent) -> Result[None, str]:
        self.offered.append((event.event_id, (self.rig.clock.now() - START).total_seconds()))
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else Ok(None)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Ok):
            self.taken.append(event.event_id)
        return answer

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.offered]


def publish(rig: Rig, *numbers: int, fail: bool = False) -> None:
    with rig.transactions.begin() as tx:
        session_of(tx).merge(AlarmRow(owner="change", name="the change itself", due=FAR))
        for number in numbers:
            rig.bus.add(tx, an_event(number, rig.clock.now()))
        if fail:
            raise ZeroDivisionError


def count(rig: Rig, table: type[OutboxEventRow | OutboxDeliveryRow | ReceiptRow | AlarmRow]) -> int:
    with rig.transactions.begin() as tx:
        return session_of(tx).scalar(select(func.count()).select_from(table)) or 0


async def test_an_event_arrives_after_the_commit_that_carries_it(rig: Rig) -> None:
    receiver = Receiver(rig)
    rig.start()
    with rig.transactions.begin() as tx:
        rig.bus.add(tx, an_event(1))
    assert receiver.taken == []
    await settle()
    assert receiver.taken == ["event-1"]
    await rig.pass_time(100)
    assert len(receiver.offered) == 1


async def test_a_rollback_publishes_nothing_and_keeps_no_change(rig: Rig) -> None:
    receiver, heard = Receiver(rig), list[DomainEvent]()
    rig.bus.listen(heard.append)
    rig.start()
    with pytest.raises(ZeroDivisionError):
        publish(rig, 1, fail=True)
    await settle()
    assert receiver.offered == [] and heard == []
    assert count(rig, OutboxEventRow) == count(rig, OutboxDeliveryRow) == count(rig, AlarmRow) == 0


@pytest.mark.parametrize("commits", [0, 1])
async def test_change_and_event_stand_or_fall_together_when_killed(rigs: Rigs, commits: int) -> None:
    first = rigs()
    Receiver(first)
    first.start()
    first.transactions.dead = commits == 0
    first.transactions.dies_after = first.transactions.commits + 1
    with suppress(Killed):
        publish(first, 1)
    await first.crash()
    second = rigs()
    receiver = Receiver(second)
    second.start()
    await settle()
    assert (count(second, AlarmRow), receiver.taken) == ((1, ["event-1"]) if commits else (0, []))


async def test_order_is_kept_for_each_receiver(rig: Rig) -> None:
    one, other = Receiver(rig, "one"), Receiver(rig, "other")
    rig.start()
    for number in range(10):
        publish(rig, number)
        await asyncio.sleep(0)
    publish(rig, *range(10, 20))
    await settle(200)
    assert one.taken == other.taken == [f"event-{number}" for number in range(20)]


@pytest.mark.expected_logs("did not take event")
async def test_a_failing_event_is_tried_after_1_4_and_16_s_then_it_is_a_dead_letter(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", *[Err("no")] * 4)
    rig.start()
    publish(rig, 1)
    await rig.pass_time(300)
    assert receiver.times == [0.0, 1.0, 5.0, 21.0]
    (letter,) = rig.bus.dead_letters()
    assert (letter.event_id, letter.receiver, letter.attempts, letter.last_error) == ("event-1", "receiver", 4, "no")
    assert letter.kind == "stream_session_ended" and letter.at == START


@pytest.mark.expected_logs("did not take event")
async def test_later_events_wait_behind_a_failing_one_and_go_on_after_its_death(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", *[Err("no")] * 4)
    rig.start()
    publish(rig, 1)
    await settle()
    publish(rig, 2)
    await rig.pass_time(20)
    assert receiver.taken == []
    await rig.pass_time(1)
    assert receiver.taken == ["event-2"]


@pytest.mark.expected_logs("did not take event")
async def test_a_receiver_that_recovers_leaves_no_dead_letter(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", Err("no"), Err("no"))
    rig.start()
    publish(rig, 1, 2)
    await rig.pass_time(5)
    assert receiver.taken == ["event-1", "event-2"]
    await rig.pass_time(100)
    assert rig.bus.dead_letters() == []
    assert count(rig, AlarmRow) == 1  # the change; no alarm is left


@pytest.mark.expected_logs("did not take event", "broke on event")
async def test_a_receivers_bug_ends_as_a_dead_letter_and_holds_up_nothing(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", *[ValueError("bug")] * 4)
    rig.start()
    publish(rig, 1, 2)
    await rig.pass_time(21)
    assert receiver.taken == ["event-2"]
    assert [letter.last_error for letter in rig.bus.dead_letters()] == ["broke: ValueError"]


@pytest.mark.expected_logs("did not take event")
async def test_a_clock_set_back_does_not_hold_up_a_retry(rig: Rig, clock: FakeClock) -> None:
    receiver = Receiver(rig, "receiver", Err("no"))
    rig.start()
    publish(rig, 1)
    await settle()
    clock.jump(-timedelta(hours=5))
    await rig.pass_time(2)
    assert receiver.taken == ["event-1"]


async def test_a_slow_receiver_does_not_hold_the_others(rig: Rig) -> None:
    slow, quick = Receiver(rig, "slow"), Receiver(rig, "quick")
    slow.gate = asyncio.Event()
    rig.start()
    publish(rig, 1, 2, 3)
    await settle()
    assert quick.taken == ["event-1", "event-2", "event-3"]
    assert len(slow.offered) == 1
    slow.gate.set()
    await settle()
    assert slow.taken == quick.taken


@pytest.mark.expected_logs("took longer than")
async def test_a_receiver_that_never_answers_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bus, "TIME_LIMIT", 0.01)
    receiver = Receiver(rig)
    receiver.gate = asyncio.Event()
    rig.start()
    publish(rig, 1)
    await until(lambda: receiver.rig.alarms.due("event-bus", "receiver") is not None)
    receiver.gate.set()
    await rig.pass_time(1)
    assert receiver.taken == ["event-1"]


@pytest.mark.expected_logs("did not take event")
async def test_a_dead_letter_is_replayed_or_discarded_by_hand(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", *[Err("no")] * 8)
    rig.start()
    publish(rig, 1, 2)
    await rig.pass_time(42)
    assert [letter.event_id for letter in rig.bus.dead_letters()] == ["event-2", "event-1"]
    assert rig.bus.replay("event-1", "receiver")
    assert not rig.bus.replay("event-1", "receiver")
    assert not rig.bus.replay("event-9", "receiver")
    await settle()
    assert receiver.taken == ["event-1"]
    assert rig.bus.discard("event-2", "receiver")
    assert not rig.bus.discard("event-2", "receiver")
    assert not rig.bus.discard("event-1", "receiver")  # delivered: no dead letter any more
    assert rig.bus.dead_letters() == []
    assert [event.event_id for event in rig.bus.recent(10)] == ["event-2", "event-1"]


@pytest.mark.expected_logs("did not take event")
async def test_a_replayed_letter_has_all_its_attempts_again(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", *[Err("no")] * 7)
    rig.start()
    publish(rig, 1)
    await rig.pass_time(21)
    rig.bus.replay("event-1", "receiver")
    await rig.pass_time(21)
    assert receiver.taken == ["event-1"]


async def test_the_same_id_is_published_once(rig: Rig) -> None:
    receiver, heard = Receiver(rig), list[DomainEvent]()
    rig.bus.listen(heard.append)
    rig.start()
    publish(rig, 1, 1)
    publish(rig, 1)
    await settle()
    publish(rig, 1)
    await settle()
    assert receiver.taken == ["event-1"]
    assert len(heard) == 1


async def test_listeners_hear_of_it_right_after_the_commit(rig: Rig) -> None:
    heard: list[str] = []
    rig.bus.listen(lambda event: heard.append(event.event_id))
    publish(rig, 1, 2)
    assert heard == ["event-1", "event-2"]


async def test_what_a_crash_left_is_delivered_at_the_next_start(rigs: Rigs) -> None:
    first = rigs()
    Receiver(first).gate = asyncio.Event()
    first.start()
    publish(first, 1, 2)
    await settle()
    await first.crash()
    second = rigs()
    receiver = Receiver(second)
    await settle()
    assert receiver.offered == []
    second.start()
    await settle()
    assert receiver.taken == ["event-1", "event-2"]


@pytest.mark.expected_logs("task failed", "did not take event")
async def test_killed_after_any_commit_every_event_arrives_and_receipts_make_it_once(rigs: Rigs) -> None:
    """However often the process dies, and wherever: the effect happens once, in order."""
    done: list[str] = []

    def receiving(rig: Rig) -> None:
        async def take(event: DomainEvent) -> Result[None, str]:
            with rig.transactions.begin() as tx:
                new = outbox.claim_receipt(session_of(tx), "receiver", event.event_id, rig.clock.now())
                if new:
                    tx.after_commit(lambda: done.append(event.event_id))
            return Ok(None)

        rig.bus.receive("receiver", take)

    first = rigs()
    receiving(first)
    publish(first, 1, 2, 3)
    await first.crash()
    for deadline in range(1, 40):
        rig = rigs()
        receiving(rig)
        rig.transactions.dies_after = rig.transactions.commits + 1 + deadline % 5
        with suppress(Killed):
            rig.start()
            await settle()
        await rig.crash()
    assert done == ["event-1", "event-2", "event-3"]


@pytest.mark.expected_logs("did not take event")
async def test_a_retry_wait_survives_a_restart(rigs: Rigs) -> None:
    first = rigs()
    Receiver(first, "receiver", *[Err("no")] * 3)
    first.start()
    publish(first, 1)
    await first.pass_time(10)
    await first.crash()
    second = rigs()
    receiver = Receiver(second)
    second.start()
    await second.pass_time(10)
    assert receiver.offered == []
    await second.pass_time(1)
    assert receiver.times == [21.0]


async def test_what_is_thirty_days_old_is_forgotten_at_start(rigs: Rigs, clock: FakeClock) -> None:
    first = rigs()
    Receiver(first)
    first.start()
    publish(first, 1)
    with first.transactions.begin() as tx:
        assert outbox.claim_receipt(session_of(tx), "receiver", "event-1", clock.now())
    await settle()
    clock.advance(timedelta(days=1))
    publish(first, 2)
    await settle()
    await first.crash()
    clock.advance(timedelta(days=29))
    second = rigs()
    Receiver(second)
    second.start()
    assert [event.event_id for event in second.bus.recent(9)] == ["event-2", "event-1"]
    await second.crash()
    clock.advance(seconds(1))
    third = rigs()
    Receiver(third)
    third.start()
    assert [event.event_id for event in third.bus.recent(9)] == ["event-2"]
    assert count(third, OutboxDeliveryRow) == 1
    assert count(third, ReceiptRow) == 0


async def test_what_somebody_still_waits_for_is_not_forgotten(rigs: Rigs, clock: FakeClock) -> None:
    first = rigs()
    Receiver(first)
    publish(first, 1)
    await first.crash()
    clock.advance(timedelta(days=365))
    second = rigs()
    receiver = Receiver(second)
    second.start()
    await settle()
    assert receiver.taken == ["event-1"]


async def test_a_receipt_is_claimed_once_and_only_with_its_transaction(rig: Rig) -> None:
    def claim(fail: bool = False) -> bool:
        with rig.transactions.begin() as tx:
            new = outbox.claim_receipt(session_of(tx), "receiver", "event-1", START)
            if fail:
                raise ZeroDivisionError
        return new

    with pytest.raises(ZeroDivisionError):
        claim(fail=True)
    assert [claim(), claim()] == [True, False]


@pytest.mark.expected_logs("not understood")
async def test_a_stored_event_that_nobody_understands_is_a_dead_letter_not_a_standstill(rig: Rig) -> None:
    receiver = Receiver(rig)
    publish(rig, 1, 2)
    with rig.transactions.begin() as tx:
        session_of(tx).execute(text("UPDATE outbox_events SET payload = '{\"kind\": \"x\"}' WHERE id = 'event-1'"))
    rig.start()
    await rig.pass_time(21)
    assert receiver.taken == ["event-2"]
    assert [letter.event_id for letter in rig.bus.dead_letters()] == ["event-1"]
    assert [event.event_id for event in rig.bus.recent(9)] == ["event-2"]


async def test_recent_events_come_newest_first(rig: Rig) -> None:
    publish(rig, *range(10))
    assert [event.event_id for event in rig.bus.recent(3)] == ["event-9", "event-8", "event-7"]


async def test_nothing_is_delivered_after_the_stop(rig: Rig) -> None:
    receiver = Receiver(rig)
    rig.start()
    await settle()
    rig.supervisor.close()
    publish(rig, 1)
    await settle()
    assert receiver.offered == []


@pytest.mark.expected_logs("storage failed", "deliveries to receiver rest")
async def test_a_full_disk_delays_deliveries_and_loses_none(rig: Rig, expected_logs: Callable[..., None]) -> None:
    receiver = Receiver(rig, "receiver", Err("x" * 500_000))
    expected_logs("did not take event")
    rig.start()
    publish(rig, 1)
    fill_disk(rig)
    await settle()
    assert len(receiver.offered) == 1
    free_disk(rig)
    publish(rig, 2)
    await settle()
    assert receiver.taken == ["event-1", "event-2"]


@pytest.mark.expected_logs("storage failed", "deliveries to receiver rest", "did not take event")
async def test_with_room_again_they_go_on_by_themselves(rig: Rig) -> None:
    receiver = Receiver(rig, "receiver", Err("x" * 500_000))
    rig.start()
    publish(rig, 1)
    fill_disk(rig)
    await settle()
    free_disk(rig)
    assert receiver.taken == []
    await rig.pass_time(event_bus.AFTER_STORAGE_FAILED)
    assert receiver.taken == ["event-1"]


@pytest.mark.expected_logs("storage failed", "old events stay", "deliveries to receiver rest")
async def test_a_database_that_cannot_be_written_does_not_keep_companion_from_starting(rig: Rig) -> None:
    receiver = Receiver(rig)
    publish(rig, 1)
    rig.alarms.start()
    refuse_writes(rig)
    rig.bus.start()
    await settle()
    allow_writes(rig)
    await rig.pass_time(event_bus.AFTER_STORAGE_FAILED)
    assert receiver.taken[-1] == "event-1"
    assert count(rig, OutboxEventRow) == 1


async def test_an_event_with_a_spoiled_time_does_not_hide_the_others(rig: Rig) -> None:
    rig.start()
    publish(rig, 1, 2)
    with rig.transactions.begin() as tx:
        session_of(tx).execute(text("UPDATE outbox_events SET at = 'noon' WHERE id = 'event-1'"))
    assert [event.event_id for event in rig.bus.recent(10)] == ["event-2", "event-1"]


TIMES = st.datetimes().map(lambda it: it.replace(tzinfo=START.tzinfo))
TEXTS = st.text(max_size=20)
EVENTS = st.one_of(
    st.builds(StreamWentOnline, event_id=TEXTS, at=TIMES, session_id=TEXTS, stream_id=TEXTS, started_at=TIMES,
              resumed=st.booleans(), kind=st.just("stream_online")),
    st.builds(StreamWentOffline, event_id=TEXTS, at=TIMES, session_id=TEXTS, started_at=TIMES, ended_at=TIMES,
              peak_viewer_count=st.integers(0, 10**9), resume_until=TIMES, kind=st.just("stream_offline")),
    st.builds(StreamSessionEnded, event_id=TEXTS, at=TIMES, session_id=TEXTS, started_at=TIMES, ended_at=TIMES,
              peak_viewer_count=st.integers(0, 10**9), kind=st.just("stream_session_ended")),
    st.builds(NowPlayingChanged, event_id=TEXTS, at=TIMES, playing_kind=TEXTS, track_id=st.none() | TEXTS,
              title=st.none() | TEXTS, artists=st.lists(TEXTS, max_size=3).map(tuple), is_playing=st.booleans(),
              kind=st.just("now_playing_changed")),
)  # fmt: skip


@given(EVENTS)
def test_events_come_back_from_their_text_as_they_were(event: DomainEvent) -> None:
    assert expect_ok(decode_event(encode_event(event))) == event


def test_a_text_of_another_kind_is_told_without_its_values() -> None:
    answer = decode_event(encode_event(an_event(1)).replace("stream_session_ended", "unheard-of"))
    assert isinstance(answer, Err)
    assert "kind" in answer.error and "unheard-of" not in answer.error


def test_the_bus_names_its_waits() -> None:
    assert event_bus.RETRY_DELAYS == (1.0, 4.0, 16.0)
    assert timedelta(days=30) == outbox.KEEP_EVENTS
    assert EventBus.__doc__
