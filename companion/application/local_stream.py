"""The stream's state for those who count from it by this machine's clock: windows, pages, `!uptime`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from companion.kernel.instant import Instant
from companion.ports.stream import StreamReader, StreamState


class LocalStream:
    """The state with every instant as this machine's wall clock tells it.

    The object keeps Twitch's instants. On a machine whose clock is minutes fast "live since" would be minutes too long.
    `local` gives what this machine's clock showed at an instant of Twitch's.
    """

    def __init__(self, stream: StreamReader, local: Callable[[Instant], Instant]) -> None:
        self._stream = stream
        self._local = local

    def get_stream_state(self) -> StreamState:
        """The present state, to be compared with this machine's clock and nothing else."""
        state = self._stream.get_stream_state()
        return replace(
            state,
            started_at=self._told(state.started_at),
            ended_at=self._told(state.ended_at),
            viewers_seen_at=self._told(state.viewers_seen_at),
            resume_until=self._told(state.resume_until),
        )

    def _told(self, instant: Instant | None) -> Instant | None:
        return None if instant is None else self._local(instant)
