"""Cooldowns per command and per viewer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companion.chat.cooldowns import Cooldowns
from companion.ports.chat_commands import Command
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import Role, Viewer
from tests.fakes.chat import ANN, a_message
from tests.fakes.clock import FakeClock

BO = Viewer("3", "bo", "Bo")
SONG = Command("song", "static")


class Chat:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, viewer: Viewer = ANN, role: Role = "everyone") -> ChatMessage:
        self.count += 1
        return a_message("!song", chat_id=f"chat-{self.count}", viewer=viewer, role=role)


@pytest.fixture
def new() -> Chat:
    return Chat()


def test_five_seconds_for_everybody_by_default(clock: FakeClock, new: Chat) -> None:
    cooldowns = Cooldowns(clock=clock)
    assert cooldowns.take(SONG, new())
    clock.advance(4.9)
    assert not cooldowns.take(SONG, new())
    assert not cooldowns.take(SONG, new(BO))
    assert cooldowns.take(Command("other", "static"), new())
    clock.advance(0.1)
    assert cooldowns.take(SONG, new())


def test_a_refused_use_does_not_prolong_it(clock: FakeClock, new: Chat) -> None:
    cooldowns = Cooldowns(clock=clock)
    cooldowns.take(SONG, new())
    answers = []
    for _ in range(5):
        clock.advance(1)
        answers.append(cooldowns.take(SONG, new()))
    assert answers == [False, False, False, False, True]


def test_per_viewer(clock: FakeClock, new: Chat) -> None:
    command = Command("sr", "static", cooldown=timedelta(0), viewer_cooldown=timedelta(seconds=60))
    cooldowns = Cooldowns(clock=clock)
    assert cooldowns.take(command, new())
    assert not cooldowns.take(command, new())
    assert cooldowns.take(command, new(BO))
    clock.advance(60)
    assert cooldowns.take(command, new())


@pytest.mark.parametrize("role", ["moderator", "broadcaster"])
def test_moderators_and_above_are_exempt(clock: FakeClock, new: Chat, role: Role) -> None:
    cooldowns = Cooldowns(clock=clock)
    assert cooldowns.take(SONG, new(role=role))
    assert cooldowns.take(SONG, new())
    assert cooldowns.take(SONG, new(role=role))


@pytest.mark.parametrize("role", ["vip", "subscriber"])
def test_below_they_are_not(clock: FakeClock, new: Chat, role: Role) -> None:
    cooldowns = Cooldowns(clock=clock)
    assert cooldowns.take(SONG, new(role=role))
    assert not cooldowns.take(SONG, new(role=role))


def test_the_same_message_handed_over_again_is_let_through(clock: FakeClock, new: Chat) -> None:
    cooldowns = Cooldowns(clock=clock)
    message = new()
    assert cooldowns.take(SONG, message)
    assert cooldowns.take(SONG, message)
    assert not cooldowns.take(SONG, new())


def test_what_is_over_is_forgotten(clock: FakeClock, new: Chat) -> None:
    command = Command("sr", "static", cooldown=timedelta(0), viewer_cooldown=timedelta(seconds=1))
    cooldowns = Cooldowns(clock=clock)
    for number in range(6000):
        clock.advance(0.001)
        assert cooldowns.take(command, new(Viewer(f"u{number}", "x", "X")))
    assert len(cooldowns._uses) <= 5001


def test_the_wall_clock_does_not_matter(clock: FakeClock, new: Chat) -> None:
    cooldowns = Cooldowns(clock=clock)
    cooldowns.take(SONG, new())
    clock.jump(-3600)
    clock.advance(5)
    assert cooldowns.take(SONG, new())
