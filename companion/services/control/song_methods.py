"""`song_queue.*`: the queue, its history, its rules."""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictInt

from companion.kernel.result import Err, Ok, Result
from companion.ports.song_queue import BadSettings, SongQueuePort
from companion.ports.song_rules import Block, BlockKind, QueueSettings
from companion.services.control.method import changed_copy, method, read, under
from companion.services.control.params import Limit, Longest, Offset, Params, Reference, SetSettings
from companion.services.control.rpc import Method, NoParams


class GetQueue(Params):
    """`limit` requests at most."""

    limit: Limit = 10


class GetHistory(Params):
    """Newest first, of one viewer or session if named."""

    user_id: str | None = None
    session_id: str | None = None
    limit: Limit = 10
    offset: Offset = 0


class OfViewer(Params):
    """A viewer's own, or everybody's."""

    user_id: str | None = None
    limit: Limit = 10


class OfRequest(Params):
    """One request."""

    request_id: Reference


class Reorder(OfRequest):
    """`position` is a number in line, as `get_queue` shows it."""

    position: StrictInt = Field(ge=1, le=10_000)


class Approve(OfRequest):
    """Let it in, or refuse it."""

    yes: StrictBool


class Blocked(Params):
    """`key`: track id, artist in lower case, or user id."""

    kind: BlockKind
    key: Reference
    label: str = Field(default="", max_length=200)


def song_methods(songs: SongQueuePort) -> dict[str, Method]:
    """Name -> method."""
    return {**_reads(songs), **_actions(songs), **_rules(songs)}


def _reads(songs: SongQueuePort) -> dict[str, Method]:
    async def queue(params: GetQueue) -> Result[object, object]:
        return Ok(songs.get_queue(limit=params.limit))

    async def history(params: GetHistory) -> Result[object, object]:
        return await songs.get_history(
            user_id=params.user_id, session_id=params.session_id, limit=params.limit, offset=params.offset
        )

    async def tracks(params: OfViewer) -> Result[object, object]:
        return under("tracks", await songs.top_tracks(user_id=params.user_id, limit=params.limit))

    async def requesters(params: Longest) -> Result[object, object]:
        return under("requesters", await songs.top_requesters(limit=params.limit))

    return {
        "song_queue.get_queue": method(GetQueue, queue),
        "song_queue.get_now_playing": read(lambda: {"now_playing": songs.get_now_playing()}),
        "song_queue.get_history": method(GetHistory, history),
        "song_queue.top_tracks": method(OfViewer, tracks),
        "song_queue.top_requesters": method(Longest, requesters),
        "song_queue.blocks": read(lambda: {"blocks": songs.blocks()}),
        "song_queue.get_settings": read(lambda: songs.get_settings().complete()),
    }


def _actions(songs: SongQueuePort) -> dict[str, Method]:
    async def remove(params: OfRequest) -> Result[object, object]:
        return await songs.remove(params.request_id, by="the streamer")

    async def reorder(params: Reorder) -> Result[object, object]:
        return await songs.reorder(params.request_id, params.position)

    async def approve(params: Approve) -> Result[object, object]:
        return await songs.approve(params.request_id, yes=params.yes)

    async def skip(_: NoParams) -> Result[object, object]:
        return await songs.skip()

    return {
        "song_queue.remove": method(OfRequest, remove),
        "song_queue.reorder": method(Reorder, reorder),
        "song_queue.approve": method(Approve, approve),
        "song_queue.skip": method(NoParams, skip),
    }


def _rules(songs: SongQueuePort) -> dict[str, Method]:
    async def block(params: Blocked) -> Result[object, object]:
        return await songs.block(Block(params.kind, params.key, params.label or params.key))

    async def unblock(params: Blocked) -> Result[object, object]:
        return await songs.unblock(params.kind, params.key)

    async def set_settings(params: SetSettings) -> Result[object, object]:
        wanted = changed_copy(songs.get_settings().complete(), QueueSettings, params.settings, BadSettings)
        return wanted if isinstance(wanted, Err) else await songs.set_settings(wanted.value)

    return {
        "song_queue.block": method(Blocked, block),
        "song_queue.unblock": method(Blocked, unblock),
        "song_queue.set_settings": method(SetSettings, set_settings),
    }
