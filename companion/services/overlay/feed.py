"""The feed without I/O: numbers messages, keeps the last ones, and knows what a returning page has missed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from pydantic import BaseModel

from companion.kernel.instant import Instant
from companion.services.overlay.wire import EventMessage, Snapshot, StateMessage, Welcome


@dataclass(frozen=True, slots=True)
class Resume:
    """What a returning page says: the server run it knew and the last number it saw."""

    epoch: str
    last_seq: int


class Feed:
    """One server run's numbered messages.

    Numbers start at 1 and grow by one. The last `buffer` messages are kept; a page that missed more, or
    more than `catch_up` characters, gets a fresh snapshot instead, and so does a page that knew another run (`epoch`).
    """

    def __init__(self, *, epoch: str, buffer: int = 512, catch_up: int = 128 * 1024) -> None:
        self.epoch = epoch
        self._seq = 0
        self._states: dict[str, BaseModel] = {}
        self._catch_up = catch_up
        self._kept: deque[str] = deque(maxlen=buffer)

    @property
    def seq(self) -> int:
        """The number of the newest message, 0 before the first."""
        return self._seq

    def publish_state(self, topic: str, data: BaseModel, at: Instant) -> str | None:
        """The message that carries a topic's new value; None when the value is the one already known."""
        if self._states.get(topic) == data:
            return None
        self._states[topic] = data
        self._seq += 1
        return self._keep(StateMessage(seq=self._seq, at=at, topic=topic, data=data))

    def publish_event(self, name: str, data: BaseModel, at: Instant) -> str:
        """The message that tells of an event."""
        self._seq += 1
        return self._keep(EventMessage(seq=self._seq, at=at, name=name, data=data))

    def greet(self, resume: Resume | None, *, at: Instant, assets: str) -> list[str]:
        """Everything a page must be sent when it connects, in order."""
        missed = self._missed(resume)
        welcome = Welcome(
            epoch=self.epoch, seq=self._seq, resumed=missed is not None, server_time=at, assets=assets
        ).model_dump_json()
        if missed is not None:
            return [welcome, *missed]
        return [welcome, Snapshot(seq=self._seq, states=dict(self._states)).model_dump_json()]

    def _missed(self, resume: Resume | None) -> list[str] | None:
        if resume is None or resume.epoch != self.epoch:
            return None
        count = self._seq - resume.last_seq
        if not 0 <= count <= len(self._kept):
            return None
        missed = list(self._kept)[len(self._kept) - count :]
        return missed if sum(map(len, missed)) <= self._catch_up else None

    def _keep(self, message: StateMessage | EventMessage) -> str:
        text = message.model_dump_json()
        self._kept.append(text)
        return text
