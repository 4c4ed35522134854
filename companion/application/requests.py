"""What the streamer may do with song requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from companion.application.explain_actions import QueueError, explain_queue
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.song_queue import History, RequesterCount, SongQueuePort, SongRequest, TrackCount
from companion.ports.song_rules import Block, BlockKind, QueueSettings
from companion.ports.viewers import ViewersPort

T = TypeVar("T")

STREAMER: Final = "the streamer"
"""Who removed a request, as its viewer is told."""


class RequestActions:
    """Errors come as messages. `changed` is called after every action, since the picture may be another one then."""

    def __init__(self, *, queue: SongQueuePort, viewers: ViewersPort, changed: Callable[[], None]) -> None:
        self._queue = queue
        self._viewers = viewers
        self._changed = changed

    async def remove(self, request_id: str) -> Result[SongRequest, Message]:
        """Take a waiting request out; its points go back."""
        return self._told(await self._queue.remove(request_id, by=STREAMER))

    async def move(self, request_id: str, position: int) -> Result[None, Message]:
        """Move a waiting request to this number in line."""
        moved = self._told(await self._queue.reorder(request_id, position))
        return Ok(None) if isinstance(moved, Ok) else moved

    async def approve(self, request_id: str, *, yes: bool) -> Result[SongRequest, Message]:
        """Let a request in that waits for the streamer's yes, or refuse it."""
        return self._told(await self._queue.approve(request_id, yes=yes))

    async def skip(self) -> Result[None, Message]:
        """Have Spotify play the next song."""
        return self._told(await self._queue.skip())

    async def history(self, *, limit: int, offset: int) -> Result[History, Message]:
        """Played requests, newest first."""
        return self._read(await self._queue.get_history(limit=limit, offset=offset))

    async def top_tracks(self, *, limit: int) -> Result[Sequence[TrackCount], Message]:
        """The songs most often asked for and played."""
        return self._read(await self._queue.top_tracks(limit=limit))

    async def top_requesters(self, *, limit: int) -> Result[Sequence[RequesterCount], Message]:
        """The viewers whose requests were played most often."""
        return self._read(await self._queue.top_requesters(limit=limit))

    def settings(self) -> QueueSettings:
        """The settings in force."""
        return self._queue.get_settings()

    async def save_settings(self, settings: QueueSettings) -> Result[QueueSettings, Message]:
        """Replace the settings."""
        return self._told(await self._queue.set_settings(settings))

    def blocks(self) -> Sequence[Block]:
        """All block lists."""
        return self._queue.blocks()

    async def block(self, block: Block) -> Result[None, Message]:
        """Refuse this track, artist or viewer from now on."""
        return self._told(await self._queue.block(block))

    async def block_viewer(self, name: str) -> Result[None, Message]:
        """The same for a viewer by name."""
        viewer = self._viewers.find(name)
        if viewer is None:
            return Err(
                Message(
                    f"Nobody called {name.strip()} was seen so far.",
                    "",
                    "Check the spelling; viewers are known once they chat or redeem something.",
                    "warn",
                )
            )
        return await self.block(Block("viewer", viewer.user_id, viewer.display_name))

    async def unblock(self, kind: BlockKind, key: str) -> Result[bool, Message]:
        """Allow it again; False when it was not blocked."""
        return self._told(await self._queue.unblock(kind, key))

    def _told(self, result: Result[T, QueueError]) -> Result[T, Message]:
        self._changed()
        return self._read(result)

    def _read(self, result: Result[T, QueueError]) -> Result[T, Message]:
        return result if isinstance(result, Ok) else Err(explain_queue(result.error))
