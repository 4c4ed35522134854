"""Random interleavings of everything that can happen to the EventSub session, its promises checked at each step."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from companion.services.twitch.eventsub_commands import CloseSocket, Command, Deliver, OpenSocket, ReportGap, Subscribe
from companion.services.twitch.subscriptions import ALL_SUBSCRIPTIONS, STREAM_SUBSCRIPTIONS, SubscriptionRequest
from tests.unit.services.twitch import frames
from tests.unit.services.twitch.rig import PASSING, REFUSED, Rig

IDS = [f"id-{number}" for number in range(6)]
CODES = [None, 1000, 1006, 4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007]


class World(RuleBasedStateMachine):
    """Twitch, the network and the driver. The driver's one promise: a socket told to close is closed within 4 s."""

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig()
        self.sockets: set[int] = set()
        self.closing: dict[int, float] = {}
        self.asked: list[Subscribe] = []
        self.seen: set[str] = set()
        self.enabled = False
        self.owed = False
        self.was = "off"
        self.sessions = 0

    # ---- the driver

    def note(self, commands: list[Command]) -> list[Command]:
        for command in commands:
            match command:
                case OpenSocket(number):
                    assert number not in self.sockets
                    self.sockets.add(number)
                case CloseSocket(number):
                    assert number in self.sockets
                    assert number not in self.closing, "told twice"
                    self.closing[number] = self.rig.mono
                case Subscribe():
                    self.asked.append(command)
                case Deliver(notification):
                    assert notification.message_id not in self.seen
                    self.seen.add(notification.message_id)
                case ReportGap(gap):
                    assert self.rig.phase == "connected"
                    assert gap.until == self.rig.wall
                    assert gap.since is None or gap.since <= gap.until
                    self.owed = False
                case _:
                    pass
        phase = self.rig.phase
        if self.was == "connected" and phase != "connected":
            self.owed = True
        self.was = phase
        return commands

    def confirm(self, number: int) -> None:
        self.sockets.discard(number)
        self.closing.pop(number, None)
        self.note(self.rig.closed(number, 1000))

    def pass_time(self, span: float) -> None:
        for number, told_at in sorted(self.closing.items()):
            if self.rig.mono + span > told_at + 4:
                self.confirm(number)
        self.note(self.rig.pass_time(span))

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.sockets)))

    # ---- what can happen

    @rule(span=st.sampled_from([0.0, 0.1, 1.0, 3.0, 10.0, 13.0, 31.0, 61.0]))
    def time_passes(self, span: float) -> None:
        self.pass_time(span)

    @rule()
    def the_deadline_comes(self) -> None:
        deadline = self.rig.session.deadline
        if deadline is not None:
            self.pass_time(max(0.0, deadline - self.rig.mono))
            later = self.rig.session.deadline
            assert later is None or later > self.rig.mono, "the timer would spin"

    @rule()
    def switched_on(self) -> None:
        self.enabled = True
        self.note(self.rig.take(self.rig.session.enable(self.rig.at)))

    @rule()
    def switched_off(self) -> None:
        self.enabled = False
        self.note(self.rig.take(self.rig.session.disable(self.rig.at, "signed out")))

    @rule()
    def button_pressed(self) -> None:
        self.note(self.rig.take(self.rig.session.reconnect_now(self.rig.at)))

    @rule(wanted=st.sampled_from([STREAM_SUBSCRIPTIONS, STREAM_SUBSCRIPTIONS[:1], ALL_SUBSCRIPTIONS]))
    def permissions_change(self, wanted: tuple[SubscriptionRequest, ...]) -> None:
        self.note(self.rig.take(self.rig.session.set_requests(wanted, self.rig.at)))

    @precondition(lambda self: self.sockets)
    @rule(data=st.data(), fresh=st.booleans())
    def welcome(self, data: st.DataObject, fresh: bool) -> None:
        self.sessions += fresh
        number = self.pick(data)
        self.note(self.rig.take(self.rig.session.opened(number, self.rig.at)))
        self.note(self.rig.frame(number, frames.welcome(f"session-{self.sessions}")))

    @precondition(lambda self: self.sockets)
    @rule(data=st.data(), code=st.sampled_from(CODES))
    def socket_ends(self, data: st.DataObject, code: int | None) -> None:
        number = self.pick(data)
        self.sockets.discard(number)
        self.closing.pop(number, None)
        self.note(self.rig.closed(number, code, "no connection"))

    @precondition(lambda self: self.sockets)
    @rule(data=st.data(), message_id=st.sampled_from(IDS) | st.uuids().map(str), online=st.booleans())
    def notification(self, data: st.DataObject, message_id: str, online: bool) -> None:
        make = frames.stream_online if online else frames.stream_offline
        number = self.pick(data)
        alive = number not in self.closing
        was_seen = message_id in self.seen
        told = self.note(self.rig.frame(number, make(message_id=message_id)))
        delivered = any(isinstance(command, Deliver) for command in told)
        assert not (delivered and was_seen)
        if self.enabled and alive:
            assert delivered or was_seen, "a notification was lost"

    @precondition(lambda self: self.sockets)
    @rule(
        data=st.data(),
        text=st.sampled_from(
            [frames.keepalive(), "{", "[]", frames.frame("session_confetti", {}), frames.reconnect(), "null"]
        )
        | st.binary(max_size=5)
        | st.text(max_size=5),
    )
    def other_frame(self, data: st.DataObject, text: str | bytes) -> None:
        self.note(self.rig.frame(self.pick(data), text))

    @precondition(lambda self: self.sockets)
    @rule(
        data=st.data(),
        type=st.sampled_from(["stream.online", "stream.offline", "channel.tea"]),
        status=st.sampled_from(["authorization_revoked", "version_removed", "beta_maintenance"]),
    )
    def revocation(self, data: st.DataObject, type: str, status: str) -> None:
        self.note(self.rig.frame(self.pick(data), frames.revocation(type, status)))

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), outcome=st.sampled_from([None, None, PASSING, REFUSED]))
    def helix_answers(self, data: st.DataObject, outcome: None) -> None:
        command = self.asked.pop(data.draw(st.integers(0, len(self.asked) - 1)))
        self.note(self.rig.answer([command], outcome))

    # ---- the promises

    @invariant()
    def never_more_than_two_sockets(self) -> None:
        assert len(self.sockets) <= 2

    @invariant()
    def there_is_always_a_next_step(self) -> None:
        if self.enabled:
            assert self.rig.session.deadline is not None
        assert (self.rig.phase == "off") == (not self.enabled)

    @invariant()
    def connected_means_that_something_is_heard(self) -> None:
        status = self.rig.session.status()
        assert (status.phase == "connected") == bool(status.subscriptions)
        assert (status.phase == "waiting") == (status.retry_at is not None)

    def teardown(self) -> None:
        """Once the world behaves, the session mends itself and reports what it owes."""
        if not self.enabled:
            return
        for _ in range(400):
            for number in sorted(self.closing):
                self.confirm(number)
            for number in sorted(self.sockets):
                self.sessions += 1
                self.note(self.rig.frame(number, frames.welcome(f"calm-{self.sessions}")))
                self.note(self.rig.frame(number, frames.keepalive()))
            asked, self.asked = self.asked, []
            self.note(self.rig.answer(asked))
            self.note(self.rig.pass_time(1))
        assert self.rig.phase == "connected"
        assert not self.owed, "a lost connection was never reported"
        assert self.rig.gaps


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    logger = logging.getLogger("companion.test")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def test_random_interleavings() -> None:
    run_state_machine_as_test(
        World,
        settings=settings(
            max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
