"""Drives the session machine by hand: time, sockets and answers are what the test says."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta
from random import Random

from companion.ports.twitch import Gap, Notification
from companion.services.twitch.eventsub_commands import (
    CloseSocket,
    Command,
    Deliver,
    Moment,
    NotSubscribed,
    OpenSocket,
    Outcome,
    ReportGap,
    ReportRevoked,
    Subscribe,
    Subscribed,
)
from companion.services.twitch.eventsub_session import EventSubSession
from companion.services.twitch.subscriptions import STREAM_SUBSCRIPTIONS, SubscriptionRequest
from tests.fakes.clock import START
from tests.unit.services.twitch import frames

URL = "wss://eventsub.test/ws?keepalive_timeout_seconds=10"
REFUSED = NotSubscribed("not allowed", permanent=True)
PASSING = NotSubscribed("no network", permanent=False)


class Rig:
    def __init__(self, requests: Sequence[SubscriptionRequest] = STREAM_SUBSCRIPTIONS) -> None:
        self.mono = 1000.0
        self.wall = START
        self.commands: list[Command] = []
        self.session = EventSubSession(
            url=URL, requests=requests, random=Random(1), logger=logging.getLogger("companion.test"), at=self.at
        )

    @property
    def at(self) -> Moment:
        return Moment(self.mono, self.wall)

    @property
    def phase(self) -> str:
        return self.session.status().phase

    def take(self, commands: Iterable[Command]) -> list[Command]:
        new = list(commands)
        self.commands += new
        return new

    def pass_time(self, span: float) -> list[Command]:
        """Jump and tick once, late as a busy loop may be."""
        self.mono += span
        self.wall += timedelta(seconds=span)
        return self.take(self.session.tick(self.at))

    def to_deadline(self) -> list[Command]:
        deadline = self.session.deadline
        assert deadline is not None
        return self.pass_time(max(0.0, deadline - self.mono))

    def frame(self, socket: int, data: str | bytes) -> list[Command]:
        return self.take(self.session.frame(socket, data, self.at))

    def closed(self, socket: int, code: int | None = None, detail: str = "") -> list[Command]:
        return self.take(self.session.closed(socket, code, self.at, detail))

    def answer(self, commands: Iterable[Command], outcome: Outcome | None = None) -> list[Command]:
        """Answer every `Subscribe` among the commands."""
        told: list[Command] = []
        for command in subscribes(commands):
            told += self.take(self.session.subscribed(command, outcome or Subscribed(), self.at))
        return told

    def connect(self, session_id: str = "session-1") -> int:
        """Enable, open, welcome, subscribe: connected. Returns the socket's number."""
        opened = opens(self.take(self.session.enable(self.at)))
        return self.establish(opened[0].socket, session_id)

    def establish(self, socket: int, session_id: str) -> int:
        self.take(self.session.opened(socket, self.at))
        self.answer(self.frame(socket, frames.welcome(session_id)))
        assert self.phase == "connected"
        return socket

    @property
    def gaps(self) -> list[Gap]:
        return [command.gap for command in self.commands if isinstance(command, ReportGap)]

    @property
    def delivered(self) -> list[Notification]:
        return [command.notification for command in self.commands if isinstance(command, Deliver)]

    @property
    def revoked(self) -> list[ReportRevoked]:
        return [command for command in self.commands if isinstance(command, ReportRevoked)]


def opens(commands: Iterable[Command]) -> list[OpenSocket]:
    return [command for command in commands if isinstance(command, OpenSocket)]


def closes(commands: Iterable[Command]) -> list[int]:
    return [command.socket for command in commands if isinstance(command, CloseSocket)]


def subscribes(commands: Iterable[Command]) -> list[Subscribe]:
    return [command for command in commands if isinstance(command, Subscribe)]
