"""What an answer of Helix changes. It lags behind `stream.online`, and its silence alone proves little."""

from __future__ import annotations

import logging
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.objects.stream_lifecycle import rules
from companion.objects.stream_lifecycle.keeper import StreamKeeper
from companion.ports.stream import StreamingOutput, StreamStarted
from companion.ports.twitch import LiveStream, StreamAnswer


class HelixReader:
    """Takes in what Helix says of the stream. It asks nothing itself, and leaves the to-dos to its caller."""

    def __init__(
        self, *, keeper: StreamKeeper, obs: StreamingOutput, window: timedelta, logger: logging.Logger
    ) -> None:
        self._keeper = keeper
        self._obs = obs
        self._window = window
        self._logger = logger

    def take(self, answer: StreamAnswer) -> None:
        """A count of the running stream, another stream, or none. Raises `StorageFailure`."""
        keeper, stream, at = self._keeper, answer.stream, answer.answered_at
        if stream is None:
            self._take_empty(at)
            return
        running = keeper.state.is_live and stream.stream_id == keeper.state.stream_id
        if running or self.open(stream, at):
            keeper.record(stream.viewer_count, at, confirm=True)

    def open(self, stream: LiveStream, at: Instant) -> bool:
        """Go online with the stream that Helix shows.

        False, with nothing changed, when it was seen before, unless Helix's silence alone had closed it. Raises
        `StorageFailure`.
        """
        keeper = self._keeper
        started = StreamStarted(stream.stream_id, stream.started_at, at)
        over = keeper.has_seen(stream.stream_id) and not rules.helix_may_reopen(keeper.state, stream.stream_id)
        keeper.apply(rules.online(keeper.state, started, seen_before=over, window=self._window))
        return not over

    def _take_empty(self, at: Instant) -> None:
        keeper = self._keeper
        if not keeper.state.is_live:
            return
        state = rules.empty_answer(keeper.state, at)
        if rules.helix_may_close(state, at, obs_streaming=self._obs.is_streaming()):
            self._logger.info("Twitch shows no stream any more; the session is closed")
            keeper.apply(rules.offline(state, state.first_empty_at or at, window=self._window, by_helix=True))
        else:
            keeper.keep(state)
