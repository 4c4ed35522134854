"""Receivers that join the bus's own transaction: several events with one commit, each taken exactly once."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import select

from companion.kernel.instant import Instant
from companion.ports.events import ChatMessageSeen, DomainEvent, StreamSessionEnded
from companion.ports.transaction import Transaction
from companion.runtime import event_bus, outbox
from companion.runtime.tables import OutboxDeliveryRow, ReceiptRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Killed, Rig, Rigs, settle


def a_line(number: int, at: Instant = START) -> DomainEvent:
    return ChatMessageSeen(
        event_id=f"line-{number}", at=at, session_id=None, viewer_id=f"{number}", viewer_name="Fennel"
    )


def an_end(number: int) -> DomainEvent:
    return StreamSessionEnded(
        event_id=f"end-{number}", at=START, session_id="s", started_at=START, ended_at=START, peak_viewer_count=1
    )


class Joining:
    """Notes what it took, once that stands; `groups` are the events of each transaction."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.breaks: set[str] = set()
        self.groups: list[list[str]] = []
        self.doubled: list[str] = []
        self._open: tuple[Transaction, list[str]] | None = None
        rig.bus.receive_in("joining", self.take, together=frozenset({"chat_message"}))

    def take(self, tx: Transaction, event: DomainEvent) -> None:
        if event.event_id in self.breaks:
            raise ValueError("a bug")
        if self._open is None or self._open[0] is not tx:
            group: list[str] = []
            self._open = (tx, group)
            tx.after_commit(lambda: self.groups.append(group))
        self._open[1].append(event.event_id)
        if not outbox.claim_receipt(session_of(tx), "joining", event.event_id, START):
            self.doubled.append(event.event_id)

    def taken(self) -> list[str]:
        return [event_id for group in self.groups for event_id in group]

    def states(self) -> dict[str, str]:
        with self.rig.transactions.begin() as tx:
            return {row.event_id: row.state for row in tx.session.scalars(select(OutboxDeliveryRow))}


def publish(rig: Rig, *events: DomainEvent) -> None:
    with rig.transactions.begin() as tx:
        for event in events:
            rig.bus.add(tx, event)


async def test_lines_share_a_commit_in_order(rig: Rig) -> None:
    joining = Joining(rig)
    rig.start()
    publish(rig, *(a_line(number) for number in range(event_bus.TOGETHER + 2)))
    await settle()
    assert [len(group) for group in joining.groups] == [event_bus.TOGETHER, 2]
    assert joining.taken() == [f"line-{number}" for number in range(event_bus.TOGETHER + 2)]
    assert set(joining.states().values()) == {"done"}


async def test_other_kinds_have_a_commit_of_their_own(rig: Rig) -> None:
    joining = Joining(rig)
    rig.start()
    publish(rig, a_line(1), a_line(2), an_end(1), an_end(2), a_line(3))
    await settle()
    assert joining.groups == [["line-1", "line-2"], ["end-1"], ["end-2"], ["line-3"]]


@pytest.mark.expected_logs("broke on", "did not take event")
async def test_one_that_breaks_harms_itself_alone_and_is_tried_again_in_its_place(rig: Rig) -> None:
    joining = Joining(rig)
    joining.breaks = {"line-2"}
    rig.start()
    publish(rig, *(a_line(number) for number in range(4)))
    await settle()
    assert joining.taken() == ["line-0", "line-1"]
    joining.breaks.clear()
    await rig.pass_time(1)
    await settle()
    assert joining.taken() == ["line-0", "line-1", "line-2", "line-3"]


@pytest.mark.expected_logs("broke on", "did not take event")
async def test_one_that_always_breaks_becomes_a_dead_letter_and_the_rest_go_on(rig: Rig) -> None:
    joining = Joining(rig)
    joining.breaks = {"line-1"}
    rig.start()
    publish(rig, *(a_line(number) for number in range(3)))
    for delay in event_bus.RETRY_DELAYS:
        await settle()
        await rig.pass_time(delay)
    await settle()
    assert joining.states() == {"line-0": "done", "line-1": "dead", "line-2": "done"}
    assert [letter.event_id for letter in rig.bus.dead_letters()] == ["line-1"]


@pytest.mark.expected_logs("task failed")
@pytest.mark.parametrize("commits", range(1, 6))
async def test_killed_after_any_commit_each_is_taken_once(rigs: Rigs, commits: int) -> None:
    events = [*(a_line(number) for number in range(event_bus.TOGETHER + 1)), an_end(1)]
    first = rigs()
    Joining(first)
    first.start()
    first.transactions.dies_after = first.transactions.commits + commits
    with suppress(Killed):
        publish(first, *events)
        await settle()
    await first.crash()
    second = rigs()
    joining = Joining(second)
    second.start()
    await settle()
    assert not joining.doubled
    with second.transactions.begin() as tx:
        assert set(tx.session.scalars(select(ReceiptRow.event_id))) == {event.event_id for event in events}
