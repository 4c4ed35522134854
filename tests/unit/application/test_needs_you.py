"""What needs the streamer: read seldom, decided once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.application.needs_you import FRESH, NeedsYouActions
from companion.application.needs_you_items import Choice, ItemKind
from companion.kernel.result import Err, Ok
from companion.ports.failures import Forbidden, StorageFailed
from companion.ports.inbox import NoSuchLetter
from companion.ports.sagas import NotOffered
from tests.fakes.clock import FakeClock
from tests.fakes.objects import FakeObjects
from tests.fakes.show import BUS_LETTER, INBOX_LETTER, make_objects, make_queue, make_run


class Desk:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.objects: FakeObjects = make_objects()
        self.objects.sagas.runs = [make_run()]
        self.objects.inbox.letters = [INBOX_LETTER]
        self.objects.bus.letters = [BUS_LETTER]
        self.drawn = 0
        self.later: list[float] = []
        objects = self.objects
        self.actions = NeedsYouActions(
            sagas=objects.sagas,
            queue=objects.queue,
            inbox=objects.inbox,
            bus=objects.bus,
            rewards=objects.rewards,
            clock=self.clock,
            changed=self._draw,
            again=self.later.append,
        )

    def _draw(self) -> None:
        self.drawn += 1

    def kinds(self) -> list[str]:
        return [item.kind for item in self.actions.items(make_queue())]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_burst_of_pictures_reads_once_and_asks_for_another_one(desk: Desk) -> None:
    assert desk.kinds() == ["run", "approval", "message", "event"]
    desk.objects.sagas.runs = []
    desk.clock.advance(FRESH / 4)
    assert "run" in desk.kinds()
    assert desk.objects.sagas.reads == 1
    assert desk.later == [pytest.approx(FRESH * 3 / 4)]
    desk.clock.advance(FRESH)
    assert "run" not in desk.kinds()


def test_while_nothing_can_be_read_the_cards_stay_as_they_were(desk: Desk) -> None:
    assert "run" in desk.kinds()
    desk.objects.sagas.broken = True
    desk.clock.advance(FRESH)
    assert desk.kinds() == ["run", "approval", "message", "event"]


def test_cards_stay_as_they_were_while_the_disk_fails(desk: Desk) -> None:
    before = desk.kinds()
    desk.objects.bus.broken = True
    desk.clock.advance(FRESH)
    assert desk.kinds() == before


@pytest.mark.parametrize(("choice", "on"), [("synchronise", True), ("leave_off", False)])
async def test_a_deleted_reward_is_made_anew_or_left_off(desk: Desk, choice: Choice, on: bool) -> None:
    reward = desk.objects.rewards.shown.rewards[0]
    deleted = replace(reward, switched_on=False, trouble="It was deleted.")
    desk.objects.rewards.shown = replace(desk.objects.rewards.shown, rewards=(deleted,))
    assert isinstance(await desk.actions.decide("reward", "song_request", choice), Ok)
    assert desk.objects.rewards.saved == [("song_request", reward.spec, on)]


@pytest.mark.parametrize("choice", ["replay", "discard"])
async def test_an_event_that_the_disk_keeps_is_said(desk: Desk, choice: Choice) -> None:
    desk.objects.bus.broken = True
    refused = await desk.actions.decide("event", "event-7", choice, receiver="achievements")
    assert isinstance(refused, Err) and "database" in refused.error.title


CHOICES: list[tuple[ItemKind, str, Choice, str, tuple[str, ...]]] = [
    ("run", "run-1", "fulfil", "", ("settle", "run-1", "fulfil")),
    ("run", "run-1", "refund", "", ("settle", "run-1", "refund")),
    ("run", "run-1", "ignore", "", ("settle", "run-1", "ignore")),
    ("run", "run-1", "retry", "", ("settle", "run-1", "retry")),
    ("approval", "redemption-4", "approve", "", ("approve", "redemption-4", "True")),
    ("approval", "redemption-4", "refuse", "", ("approve", "redemption-4", "False")),
    ("message", "message-7", "replay", "", ("replay", "message-7")),
    ("message", "message-7", "discard", "", ("discard", "message-7")),
    ("event", "event-7", "replay", "achievements", ("replay_event", "event-7", "achievements")),
    ("event", "event-7", "discard", "achievements", ("discard_event", "event-7", "achievements")),
    ("reward", "song_request", "synchronise", "", ("synchronise",)),
]


@pytest.mark.parametrize("kind,ref,choice,receiver,call", CHOICES)
async def test_a_decision_reaches_its_object_and_is_seen_at_once(
    desk: Desk, kind: ItemKind, ref: str, choice: Choice, receiver: str, call: tuple[str, ...]
) -> None:
    desk.kinds()
    assert await desk.actions.decide(kind, ref, choice, receiver=receiver) == Ok(None)
    assert desk.objects.asked == [call]
    assert desk.drawn == 1
    desk.objects.sagas.runs = []
    assert "run" not in desk.kinds()


@pytest.mark.parametrize(
    "kind,ref,choice,error,part",
    [
        ("run", "run-1", "refund", NotOffered("run-1", "completed", ()), "cannot be done any more"),
        ("run", "gone", "refund", None, "settled already"),
        ("run", "run-1", "retry", StorageFailed("full"), "database"),
        ("approval", "gone", "approve", None, "not in the queue"),
        ("message", "m", "replay", NoSuchLetter("m"), "settled already"),
        ("message", "m", "discard", StorageFailed("full"), "database"),
        ("event", "gone", "replay", None, "settled already"),
        ("event", "gone", "discard", None, "settled already"),
        ("reward", "raffle", "synchronise", Forbidden("no"), "does not let Companion"),
    ],
)
async def test_a_decision_that_comes_too_late_is_said(
    desk: Desk, kind: ItemKind, ref: str, choice: Choice, error: object, part: str
) -> None:
    if error is not None:
        desk.objects.refuse(error)
    refused = await desk.actions.decide(kind, ref, choice)
    assert isinstance(refused, Err) and part in refused.error.title
    assert desk.drawn == 1
