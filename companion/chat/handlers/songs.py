"""!song, !queue, !position: what plays and what comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from companion.chat import wording
from companion.chat.handlers.handler import Answer, Call, say
from companion.kernel.instant import Clock
from companion.ports.song_queue import QueueView, SongQueuePort, SongRequest

NEXT: Final = 4
_SHORT: Final = 50
"""Code points of a title among others in one line."""
STALE: Final = timedelta(minutes=2)
"""From then on a picture that cannot be renewed is not told as the present."""


class SongHandlers:
    """Reads of the song queue."""

    def __init__(self, *, queue: SongQueuePort, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock

    async def song(self, call: Call) -> Answer:
        """What plays, and for whom."""
        view = self._queue.get_queue(limit=1)
        if self._stale(view):
            return say("Spotify cannot be seen just now, so I cannot say what plays.")
        playing = view.now_playing
        if playing is None:
            return say("nothing plays right now.")
        what = wording.song(playing.track)
        if not playing.is_playing:
            return say(f"{what} is paused.")
        if playing.request is None:
            return say(f"this is {what}.")
        return say(f"this is {what}, asked for by {wording.name_of(playing.request.viewer)}.")

    async def queue(self, call: Call) -> Answer:
        """The next four requests, or what Spotify plays by itself when nobody has asked for anything."""
        view = self._queue.get_queue()
        upcoming = [request for request in view.requests if request.position is not None]
        if upcoming:
            listed = "; ".join(
                f"{request.position}. {wording.title_of(request.track, _SHORT)} ({wording.name_of(request.viewer)})"
                for request in upcoming[:NEXT]
            )
            more = len(upcoming) - NEXT
            return say(f"next: {listed}{f'; and {more} more' if more > 0 else ''}.")
        if view.autoplay and not self._stale(view):
            return say(f"no requests are waiting; Spotify goes on with {wording.song(view.autoplay[0].track)}.")
        return say("no requests are waiting.")

    async def position(self, call: Call) -> Answer:
        """Where the asker's next song stands."""
        requests = self._queue.requests_of(call.viewer.user_id)
        if not requests:
            return say("you have no song in the queue.")
        return say(_standing(requests[0]))

    def _stale(self, view: QueueView) -> bool:
        if view.problem is None:
            return False
        return view.seen_at is None or self._clock.now() - view.seen_at > STALE


def _standing(request: SongRequest) -> str:
    what = wording.song(request.track)
    match request.state:
        case "playing":
            return f"your song plays right now: {what}."
        case "approval":
            return f"your song waits for a yes from the streamer: {what}."
        case "handed_over" | "waiting" if request.position is not None:
            place = "up next" if request.position == 1 else f"number {request.position}"
            wait = "" if request.expected_wait is None else f", in about {wording.span(request.expected_wait)}"
            return f"your song is {place}{wait}: {what}."
        case _:
            return f"your song is being looked after: {what}."
