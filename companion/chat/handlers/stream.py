"""!uptime, !time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from companion.chat import wording
from companion.chat.handlers.handler import Answer, Call, say
from companion.kernel.instant import Clock, Instant
from companion.ports.stream import StreamReader

Localise: TypeAlias = Callable[[Instant], datetime]


def as_here(instant: Instant) -> datetime:
    """An instant by this computer's time zone: the streamer's."""
    return instant.astimezone()


class StreamHandlers:
    """Reads of the stream's life and of the clock."""

    def __init__(self, *, stream: StreamReader, clock: Clock, localise: Localise = as_here) -> None:
        self._stream = stream
        self._clock = clock
        self._localise = localise

    async def uptime(self, call: Call) -> Answer:
        """How long the stream has been live."""
        state = self._stream.get_stream_state()
        if not state.is_live or state.started_at is None:
            return say("the stream is offline just now.")
        return say(f"the stream is live for {wording.span(self._clock.now() - state.started_at)}.")

    async def time(self, call: Call) -> Answer:
        """The streamer's time of day."""
        here = self._localise(self._clock.now())
        offset = here.strftime("%z")
        return say(f"it is {here:%H:%M} for the streamer (UTC{offset[:3]}:{offset[3:5]}).")
