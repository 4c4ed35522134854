"""The inbox: stored before it is acted on, handled exactly once, never lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.event_inbox.object import AT_ONCE, EventInbox
from companion.objects.event_inbox.rules import ATTEMPTS
from companion.objects.event_inbox.tables import NotificationRow, RedemptionSeenRow
from companion.ports.inbox import NoSuchLetter
from companion.ports.rewards import Redemption
from companion.ports.transaction import Transaction
from companion.ports.twitch import Notification, RedemptionAdded, StreamOffline
from companion.runtime.transactions import session_of
from tests.fakes.chat import a_message
from tests.fakes.clock import START
from tests.fakes.rewards import ANN
from tests.fakes.runtime import Killed, Rig, Rigs, allow_writes, refuse_writes, settle, until

OURS = "reward-1"


def redeemed(redemption_id: str, message_id: str = "", reward_id: str = OURS) -> RedemptionAdded:
    redemption = Redemption(redemption_id, reward_id, ANN, "a song", "unfulfilled", START)
    return RedemptionAdded(message_id or f"m-{redemption_id}", START, redemption)


class FakeIntake:
    """Notes what it is handed. `breaks` names message ids whose handling raises; `answers` are work's next ones."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.worked: list[tuple[str, Instant]] = []
        self.breaks: set[str] = set()
        self.answers: deque[Result[None, str] | Exception] = deque()

    def take_in(self, tx: Transaction, notification: Notification) -> bool:
        if notification.message_id in self.breaks:
            raise ValueError("a bug")
        self.taken.append(notification.message_id)
        return not isinstance(notification, RedemptionAdded)

    def is_ours(self, redemption: Redemption) -> bool:
        return redemption.reward_id == OURS

    def lane(self, notification: Notification) -> str:
        return "one lane"

    async def work(self, notification: Notification, received_at: Instant) -> Result[None, str]:
        self.worked.append((notification.message_id, received_at))
        answer = self.answers.popleft() if self.answers else Ok(None)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Desk:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.intake = FakeIntake()
        self.inbox = EventInbox(
            runtime=rig.runtime,
            intake=self.intake,
            supervisor=rig.supervisor,
            logger=logging.getLogger("companion.test"),
        )

    def start(self) -> Desk:
        self.rig.start()
        self.inbox.start()
        return self

    def states(self) -> dict[str, str]:
        with self.rig.transactions.begin() as tx:
            rows = session_of(tx).execute(select(NotificationRow.message_id, NotificationRow.state))
            return dict(rows.all())


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig).start()


async def test_the_same_message_again_does_nothing(desk: Desk) -> None:
    desk.inbox.take([redeemed("r1"), redeemed("r1")])
    desk.inbox.take([redeemed("r1")])
    assert desk.intake.taken == ["m-r1"]
    assert (desk.inbox.stored_total, desk.inbox.repeated_total) == (1, 2)


async def test_the_same_redemption_under_another_message_id_does_nothing(desk: Desk) -> None:
    desk.inbox.take([redeemed("r1", "m1"), redeemed("r1", "m2")])
    desk.inbox.take([redeemed("r1", "m3")])
    assert desk.intake.taken == ["m1"]
    assert desk.states() == {"m1": "done", "m2": "done", "m3": "done"}


async def test_a_redemption_that_is_not_ours_yet_is_not_remembered(desk: Desk) -> None:
    """Its reward may be found to be ours a moment later; then catching up must not take it for known."""
    desk.inbox.take([redeemed("r1", reward_id="somebody's")])
    assert desk.inbox.take_missed([redeemed("r1").redemption], START) == 1
    assert desk.intake.taken == ["m-r1", "redemption:r1"]


async def test_missed_redemptions_are_taken_in_once(desk: Desk) -> None:
    desk.inbox.take([redeemed("r1")])
    missed = [redeemed("r1").redemption, redeemed("r2").redemption]
    assert desk.inbox.take_missed(missed, START) == 1
    assert desk.inbox.take_missed(missed, START) == 0
    assert desk.intake.taken == ["m-r1", "redemption:r2"]


async def test_old_by_this_clock_is_not_dropped(desk: Desk) -> None:
    """A clock that is eleven minutes fast must not make Companion deaf."""
    desk.rig.clock.jump(timedelta(minutes=11))
    desk.inbox.take([redeemed("r1"), replace(redeemed("r2"), sent_at=START - timedelta(days=1))])
    assert desk.intake.taken == ["m-r1", "m-r2"]


async def test_work_is_done_in_order_and_marked(desk: Desk) -> None:
    desk.inbox.take([StreamOffline("a", START), StreamOffline("b", START), StreamOffline("c", START)])
    assert desk.states() == {"a": "pending", "b": "pending", "c": "pending"}
    await settle()
    assert [message_id for message_id, _ in desk.intake.worked] == ["a", "b", "c"]
    assert set(desk.states().values()) == {"done"}


@pytest.mark.expected_logs("is a dead letter")
async def test_work_is_tried_again_with_doubling_waits_then_a_dead_letter(desk: Desk) -> None:
    desk.intake.answers.extend([Err("away")] * ATTEMPTS)
    desk.inbox.take([StreamOffline("a", START)])
    await desk.rig.pass_time(timedelta(days=1) - timedelta(seconds=1))
    waits = [min(2.0**n, 600.0) for n in range(1, ATTEMPTS)]
    expected = [sum(waits[:n]) for n in range(ATTEMPTS)]
    # Every attempt is handed the moment of the first arrival.
    assert {received_at for _, received_at in desk.intake.worked} == {START}
    assert len(desk.intake.worked) == ATTEMPTS
    assert expected[-1] == pytest.approx(sum(waits))
    (letter,) = desk.inbox.dead_letters()
    assert (letter.message_id, letter.kind, letter.attempts, letter.last_error) == ("a", "StreamOffline", 20, "away")


@pytest.mark.expected_logs("broke its handling", "is a dead letter")
async def test_a_dead_letter_can_be_replayed_or_deleted(desk: Desk) -> None:
    desk.intake.answers.extend([ValueError("a bug")] * 2 * ATTEMPTS)
    desk.inbox.take([StreamOffline("a", START), StreamOffline("b", START)])
    await desk.rig.pass_time(timedelta(hours=23))
    assert [letter.last_error for letter in desk.inbox.dead_letters()] == ["broke: ValueError"] * 2

    assert expect_ok(await desk.inbox.replay("a")) is None
    await settle()
    assert desk.states()["a"] == "done"
    assert expect_ok(await desk.inbox.discard("b")) is None
    assert "b" not in desk.states()
    assert await desk.inbox.replay("a") == Err(NoSuchLetter("a"))
    assert await desk.inbox.discard("never") == Err(NoSuchLetter("never"))


@pytest.mark.expected_logs("broke its handling")
async def test_a_poisonous_one_harms_itself_alone(desk: Desk) -> None:
    desk.intake.breaks = {"m-r2"}
    desk.inbox.take([redeemed("r1"), redeemed("r2"), redeemed("r3")])
    states = desk.states()
    assert states == {"m-r1": "done", "m-r2": "pending", "m-r3": "done"}
    desk.intake.breaks.clear()
    await desk.rig.pass_time(3)
    assert desk.states()["m-r2"] == "done"


@pytest.mark.expected_logs("could not be stored yet", "storage failed")
async def test_what_cannot_be_stored_is_kept_and_caught_up_in_order(desk: Desk) -> None:
    refuse_writes(desk.rig)
    desk.inbox.take([redeemed("r1"), redeemed("r2")])
    assert desk.intake.taken == []
    allow_writes(desk.rig)
    desk.inbox.catch_up()
    assert desk.intake.taken == ["m-r1", "m-r2"]
    desk.inbox.catch_up()
    assert desk.intake.taken == ["m-r1", "m-r2"]


@pytest.mark.expected_logs("task failed: inbox")
@pytest.mark.parametrize("commits", [1, 2, 3])
async def test_killed_after_any_commit_nothing_is_lost(rigs: Rigs, commits: int) -> None:
    desk = Desk(rigs()).start()
    desk.rig.transactions.dies_after = desk.rig.transactions.commits + commits
    handed: list[Notification] = [redeemed("r1"), StreamOffline("a", START), redeemed("r2")]
    with suppress(Killed):
        desk.inbox.take(handed)
    await settle()
    await desk.rig.crash()

    again = Desk(rigs()).start()
    await settle()
    assert set(again.states().values()) == {"done"} and len(again.states()) == 3
    together = desk.intake.taken + again.intake.taken
    assert {"m-r1", "a", "m-r2"} <= set(together)


async def test_handled_ones_are_kept_a_day_and_redemptions_for_good(desk: Desk) -> None:
    desk.inbox.take([redeemed("r1")])
    await desk.rig.pass_time(timedelta(hours=23))
    desk.inbox.take([redeemed("r1")])
    assert desk.intake.taken == ["m-r1"]
    await desk.rig.pass_time(timedelta(hours=26))
    assert desk.states() == {}
    with desk.rig.transactions.begin() as tx:
        assert session_of(tx).scalar(select(func.count()).select_from(RedemptionSeenRow)) == 1
    desk.inbox.take([redeemed("r1")])
    assert desk.intake.taken == ["m-r1"]


async def test_a_row_that_cannot_be_read_is_told_and_blocks_nobody(rigs: Rigs) -> None:
    first = Desk(rigs())
    now = first.rig.clock.now()
    with first.rig.transactions.begin() as tx:
        session_of(tx).add(
            NotificationRow(
                message_id="odd", kind="Nonsense", payload="{}", received_at=now, state="pending", attempts=0, due=now,
                last_error=None,
            )
        )  # fmt: skip
    first.start()
    first.inbox.take([redeemed("r1")])
    assert first.intake.taken == ["m-r1"]
    with first.rig.transactions.begin() as tx:
        row = session_of(tx).get_one(NotificationRow, "odd")
        assert (row.attempts, row.last_error) == (1, "not understood: unknown kind Nonsense")


async def test_chat_of_one_person_waits_for_nobody_else(desk: Desk) -> None:
    desk.inbox.take([a_message("!song", chat_id="c1")])
    await settle()
    assert [message_id for message_id, _ in desk.intake.worked] == ["notification-c1"]


@pytest.mark.expected_logs("could not be stored", "storage failed")
async def test_a_full_page_of_pending_ones_on_a_full_disk_is_tried_again_in_a_minute(rigs: Rigs) -> None:
    desk = Desk(rigs())
    desk.rig.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventInbox, "_handle", lambda *_: None)  # killed before anything was handled
        for number in range(3 * AT_ONCE):
            desk.inbox._take_apart([redeemed(f"r{number}")], START)
    await desk.rig.crash()
    desk = Desk(rigs())
    desk.rig.start()
    refuse_writes(desk.rig)
    desk.inbox.start()
    await settle()
    assert desk.intake.taken == []
    allow_writes(desk.rig)
    await desk.rig.pass_time(61)
    assert len(desk.intake.taken) == 3 * AT_ONCE
    assert set(desk.states().values()) == {"done"}


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(days=-365)])
@pytest.mark.parametrize("restart", [False, True])
async def test_a_clock_that_is_set_back_makes_nothing_wait_for_it(rigs: Rigs, jump: timedelta, restart: bool) -> None:
    desk = Desk(rigs()).start()
    desk.intake.answers.append(Err("not now"))
    desk.inbox.take([StreamOffline("m1", START)])
    await settle()
    assert len(desk.intake.worked) == 1
    desk.rig.clock.jump(jump)
    if restart:
        await desk.rig.close()
        desk = Desk(rigs()).start()
    await desk.rig.pass_time(3)
    assert desk.states() == {"m1": "done"}


async def test_work_that_hangs_lets_the_next_of_its_lane_through_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.objects.event_inbox.object.TIME_LIMIT", 0.01)
    work, hung = desk.intake.work, list[str]()

    async def hang(notification: Notification, received_at: Instant) -> Result[None, str]:
        if notification.message_id == "m1" and not hung:
            hung.append("m1")
            await asyncio.Event().wait()
        return await work(notification, received_at)

    monkeypatch.setattr(desk.intake, "work", hang)
    desk.inbox.take([StreamOffline("m1", START), StreamOffline("m2", START)])
    await until(lambda: desk.states()["m2"] == "done")
    assert desk.states()["m1"] == "pending"
    await desk.rig.pass_time(2)
    assert desk.states()["m1"] == "done"


@pytest.mark.expected_logs("could not be stored", "storage failed")
async def test_a_long_trouble_costs_old_lines_of_chat_and_nothing_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("companion.objects.event_inbox.object.MOST_UNSTORED", 3)
    refuse_writes(desk.rig)
    desk.inbox.take([redeemed("r1")])
    for number in range(5):
        desk.inbox.take([replace(a_message("hi"), message_id=f"c{number}")])
    desk.inbox.take([redeemed("r2")])
    allow_writes(desk.rig)
    desk.inbox.catch_up()
    await settle()
    assert list(desk.states()) == ["m-r1", "c4", "m-r2"]


@pytest.mark.expected_logs("broke its handling", "cannot be stored, it is left out")
async def test_what_cannot_even_be_written_down_harms_itself_alone(desk: Desk) -> None:
    odd = replace(a_message("\ud800"), message_id="odd")
    desk.inbox.take([redeemed("r1"), odd, redeemed("r2")])
    await settle()
    assert desk.states() == {"m-r1": "done", "m-r2": "done"}
