"""What becomes of waiting requests when the person quits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from companion.application.explain_actions import explain_storage
from companion.application.messages import Message
from companion.application.requests import STREAMER
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.ports.sagas import ENDED, NEEDS_YOU, SagasPort
from companion.ports.song_queue import SongQueuePort, SongRequest
from companion.ports.stream import StreamState

LOOK_EVERY: Final = 0.2
PATIENCE: Final = 50
"""Looks, ten seconds in all: what is not back by then follows at the next start."""


def session_open(stream: StreamState) -> bool:
    """Live, or offline for so short a time that the stream may still come back."""
    return stream.is_live or stream.resume_until is not None


class QuitActions:
    """Gives points back before Companion stops."""

    def __init__(
        self,
        *,
        queue: SongQueuePort,
        sagas: SagasPort,
        sleep: Callable[[float], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._sagas = sagas
        self._sleep = sleep
        self._changed = changed

    async def give_back(self) -> Result[int, Message]:
        """Take every waiting request out and wait until its points are back: how many still are not.

        What Spotify has been given already stays: it cannot be taken back.
        """
        taken: set[str] = set()
        while waiting := [each for each in self._waiting() if each.id not in taken]:
            for request in waiting:
                taken.add(request.id)
                removed = await self._queue.remove(request.id, by=STREAMER)
                if isinstance(removed, Err) and isinstance(removed.error, StorageFailed):
                    return Err(explain_storage(removed.error))
        self._changed()
        for _ in range(PATIENCE):
            if not self._unsettled(taken):
                break
            await self._sleep(LOOK_EVERY)
        return Ok(len(self._unsettled(taken)))

    def _waiting(self) -> list[SongRequest]:
        return [each for each in self._queue.get_queue().requests if each.state in {"waiting", "approval"}]

    def _unsettled(self, ids: set[str]) -> list[str]:
        runs = [run for run_id in sorted(ids) if (run := self._sagas.get_run(run_id)) is not None]
        return [run.id for run in runs if run.status not in ENDED | NEEDS_YOU]
