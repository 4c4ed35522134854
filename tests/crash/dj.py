"""Makes an evening's music pass in seconds: each song is wound to its end as soon as Companion has seen it play.

Songs keep their real lengths, so that a restart is as short beside a song as it is in life; and as in life a song
lasts long enough for the next one to be handed over and seen, and nearly always for a lost answer to be looked up.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from companion.kernel.instant import Instant
from companion.ports.playback import PlaybackState
from companion.ports.song_queue import NowPlaying
from tests.crash.backstage import Backstage
from tests.crash.loose_ends import in_doubt, unseen

BEFORE_END = 0.1
"""Seconds of a song that are left when it is wound to its end."""
ENOUGH_LOOKS = 15
"""After so many a song that Spotify took will not be seen any more."""
_IN_SPOTIFY = frozenset({"handed_over", "undecided"})


class Dj:
    """Looks at Spotify far more often than Companion would by itself, by the means that a page has."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._playback = backstage.graph.stream.playback
        self._songs = backstage.graph.evening.objects.songs
        self._moved_at: Instant | None = None
        self._looks: Counter[str] = Counter()

    async def step(self) -> None:
        """Look; move on if everything that was to be seen of this song has been seen."""
        state = await self._playback.refresh()
        playing = self._songs.get_now_playing()
        if playing is not None and self._is_fresh(state) and self._may_go(playing):
            left = round(BEFORE_END * 1000)
            await self._backstage.steer("spotify/seek", position_ms=max(0, playing.track.duration_ms - left))
            await asyncio.sleep(BEFORE_END)
            self._moved_at = self._backstage.graph.foundation.runtime.clock.now()
        else:
            await asyncio.sleep(0.02)

    def _is_fresh(self, state: PlaybackState) -> bool:
        """Whether this song is what plays now: one that is at its end already may be another by then."""
        picture = state.picture
        if picture is None or picture.track is None or state.problem is not None or state.queue_problem is not None:
            return False
        seen = self._moved_at is None or picture.seen_at > self._moved_at
        return seen and picture.track.duration_ms - picture.progress_ms > 10_000 * BEFORE_END

    def _may_go(self, playing: NowPlaying) -> bool:
        if self._is_looked_up() or self._is_just_given():
            return False
        requests = self._songs.get_queue().requests
        if any(request.state in _IN_SPOTIFY for request in requests):
            return True
        return playing.request is not None and not any(request.state == "waiting" for request in requests)

    def _is_looked_up(self) -> bool:
        """A lost answer: that takes 5 to 10 s, in which one song in twenty would end."""
        return any(int(key[-2:], 16) % 20 for key in in_doubt(self._backstage.data))

    def _is_just_given(self) -> bool:
        """A song was given to Spotify right now, and the next look shows it there."""
        given = unseen(self._backstage.data)
        self._looks.update(given)
        return any(self._looks[key] <= ENOUGH_LOOKS for key in given)
