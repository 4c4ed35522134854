"""!sr, !wrongsong, !remove, !skip: what changes the song queue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from companion.chat import wording
from companion.chat.handlers.handler import SILENT, Answer, Call, say
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import (
    Forbidden,
    NetworkDown,
    NoActiveDevice,
    PremiumRequired,
    SpotifyError,
    StorageFailed,
)
from companion.ports.receipts import Receipts
from companion.ports.saga_params import SONG_REQUEST, SongRequestParams
from companion.ports.sagas import StartConflict
from companion.ports.song_queue import CannotWithdraw, SongQueuePort, SongRequest

StartSaga: TypeAlias = Callable[[str, str, object], Result[object, StartConflict | StorageFailed]]
"""Starts a run in a transaction of its own: kind, run id, parameters. The same again changes nothing."""
_REMEMBERED: Final = 100


class RequestHandlers:
    """Writes to the song queue. `start` begins sagas; `receipts` keep a repetition from removing another song."""

    def __init__(self, *, queue: SongQueuePort, start: StartSaga, receipts: Receipts, logger: logging.Logger) -> None:
        self._queue = queue
        self._start = start
        self._receipts = receipts
        self._logger = logger
        self._chosen: dict[str, SongRequest] = {}

    async def sr(self, call: Call) -> Answer:
        """Ask for a song. The run itself answers in chat, also when it refuses."""
        params = SongRequestParams(
            source="command",
            viewer=call.viewer,
            role=call.role,
            text=call.args,
            requested_at=call.message.sent_at,
            points=None,
            reply_to=call.chat_id,
        )
        started = self._start(SONG_REQUEST, call.chat_id, params)
        if isinstance(started, Err):
            if isinstance(started.error, StorageFailed):
                return Err(started.error)
            self._logger.warning("the request of chat message %s was begun with other input before", call.chat_id)
        return SILENT

    async def wrongsong(self, call: Call) -> Answer:
        """Take the asker's last waiting request back."""
        mine = self._queue.requests_of(call.viewer.user_id)
        chosen = self._chosen.get(call.chat_id) or _last_waiting(mine)
        if chosen is None:
            if any(request.state == "handed_over" for request in mine):
                return say("your song stands in Spotify's queue already and cannot be taken out any more.")
            return say("you have no waiting song to take back.")
        return await self._remove(call, chosen, own=True)

    async def remove(self, call: Call) -> Answer:
        """Take the request at a position out. Not when the call is late: the positions have moved on since."""
        if call.late:
            return SILENT
        number = call.args.strip().removeprefix("#")
        if not (number.isascii() and number.isdigit() and 1 <= len(number) <= 4):
            return say("say which one by its number, as in !remove 2.")
        chosen = self._chosen.get(call.chat_id) or self._at(int(number))
        if chosen is None:
            return say(f"there is no number {int(number)} in the queue.")
        return await self._remove(call, chosen, own=False)

    async def skip(self, call: Call) -> Answer:
        """Have Spotify play the next song, at most once per call, and not late: another song plays by then."""
        if call.late or not self._receipts.claim("chat-skip", call.chat_id):
            return SILENT
        playing = self._queue.get_now_playing()
        match await self._queue.skip():
            case Ok():
                return say("skipped." if playing is None else f"skipped {wording.song(playing.track)}.")
            case Err(error):
                return say(_not_skipped(error))

    def _claims(self, call: Call, request: SongRequest) -> bool:
        """Whether this call may remove `request`: a repetition may remove the one it chose at first, and no other.

        The choice is claimed before it is acted on. After a crash in between nothing more is removed: by then the
        same words would mean another song.
        """
        if call.chat_id in self._chosen:
            return True
        if not self._receipts.claim("chat-remove", call.chat_id):
            return False
        self._chosen[call.chat_id] = request
        if len(self._chosen) > _REMEMBERED:
            del self._chosen[next(iter(self._chosen))]
        return True

    async def _remove(self, call: Call, request: SongRequest, *, own: bool) -> Answer:
        if not self._claims(call, request):
            return SILENT
        what = wording.song(request.track)
        viewer = call.viewer
        match await self._queue.remove(request.id, by=wording.name_of(viewer), user_id=viewer.user_id):
            case Ok():
                # Whose song it was is told by its run, with what becomes of the points.
                return SILENT if own else say(f"taken out of {wording.name_of(request.viewer)}: {what}.")
            case Err(StorageFailed() as error):
                return Err(error)
            case Err(CannotWithdraw()):
                return say(f"{what} stands in Spotify's queue already; it can be skipped when it plays.")
            case Err():
                return SILENT if own else say(f"{what} is not in the queue any more.")

    def _at(self, number: int) -> SongRequest | None:
        requests = self._queue.get_queue().requests
        return next((request for request in requests if request.position == number), None)


def _last_waiting(requests: Sequence[SongRequest]) -> SongRequest | None:
    waiting = [request for request in requests if request.state in ("waiting", "approval")]
    return max(waiting, key=lambda request: request.requested_at, default=None)


def _not_skipped(error: NoActiveDevice | SpotifyError) -> str:
    match error:
        case NoActiveDevice():
            return "Spotify has no active device, so there is nothing to skip."
        case PremiumRequired() | Forbidden():
            return "Spotify does not let this account skip songs."
        case NetworkDown():
            return "Spotify did not answer; the song may or may not be skipped."
        case _:
            return "Spotify could not be asked just now; the song plays on."
