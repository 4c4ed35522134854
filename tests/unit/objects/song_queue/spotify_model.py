"""A model of Spotify's player for attribution: it knows whose each occurrence is, which Spotify never tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from companion.kernel.instant import Instant
from companion.objects.song_queue.attribution import observe
from companion.objects.song_queue.occurrences import Known, Observation, Pending
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture
from tests.fakes.clock import START
from tests.fakes.spotify import NOTHING, a_picture, a_track

LENGTH = timedelta(minutes=3)


@dataclass
class Occurrence:
    track: Track
    owner: str | None = None


class SpotifyModel:
    """A queue in front of an endless list of other songs, a player, and the watcher that has to guess."""

    def __init__(self) -> None:
        self.now: Instant = START
        self.added: list[Occurrence] = []
        self.following = [Occurrence(a_track(100 + number)) for number in range(60)]
        self.listed = 60
        """So many of them are shown at most."""
        self.current: Occurrence | None = self.following.pop(0)
        self.progress = timedelta(0)
        self.playing = True
        self.requests = 0
        self.pending: list[Pending] = []
        self.known = Known()
        self.ended: list[tuple[str | None, bool]] = []
        self.began: list[str] = []

    # ---- what happens

    def hand_over(self, number: int, *, certain: bool = True) -> str:
        self.requests += 1
        name = f"R{self.requests}"
        track = a_track(number)
        self.added.append(Occurrence(track, name))
        self.pending.append(Pending(name, track.uri, self.now, certain))
        return name

    def add_by_hand(self, number: int) -> None:
        self.added.append(Occurrence(a_track(number)))

    def pass_time(self, span: float) -> None:
        left = timedelta(seconds=span)
        while left > timedelta(0):
            step = left
            if self.playing and self.current is not None:
                step = min(left, LENGTH - self.progress)
                self.progress += step
            self.now += step
            left -= step
            if self.current is not None and self.progress >= LENGTH:
                self._next()

    def skip(self) -> None:
        self._next()

    def play_by_hand(self, number: int) -> None:
        """A click on a song: what was added stays, the list behind it is another one."""
        self.current = Occurrence(a_track(number))
        self.progress, self.playing = timedelta(0), True
        self.following = [Occurrence(a_track(300 + number * 10 + place)) for place in range(60)]

    def restart(self) -> None:
        """Spotify is closed and opened: what was added is lost, something plays."""
        self.added.clear()
        self._next()

    def _next(self) -> None:
        self.current = self.added.pop(0) if self.added else self.following.pop(0)
        self.progress = timedelta(0)

    # ---- what is seen

    def picture(self) -> PlaybackPicture:
        assert self.current is not None
        progress = int(self.progress / timedelta(milliseconds=1))
        picture = a_picture(self.current.track, is_playing=self.playing, progress_ms=progress)
        return replace(picture, seen_at=self.now)

    def upcoming(self) -> UpcomingPicture:
        tracks = tuple(one.track for one in (*self.added, *self.following[: self.listed]))[:20]
        return UpcomingPicture(
            self.current.track if self.current else None, tracks, self.now, is_full=len(tracks) == 20
        )

    def look(self, picture: PlaybackPicture | None = None) -> Observation:
        """A poll; the watcher's knowledge goes on from it."""
        seen = observe(self.known, picture or self.picture(), self.upcoming(), self.pending)
        return self._take(seen)

    def look_at_nothing(self) -> Observation:
        """A poll while Spotify runs nowhere."""
        return self._take(observe(self.known, replace(NOTHING, seen_at=self.now), None, self.pending))

    def _take(self, seen: Observation) -> Observation:
        self.known = seen.known
        if seen.ended is not None:
            self.ended.append((seen.ended.request, seen.ended.skipped))
        if seen.began is not None:
            self.began.append(seen.began)
        self.pending = [
            replace(one, seen=one.seen or one.id in seen.seen) for one in self.pending if one.id != seen.began
        ]
        return seen

    # ---- what is true, and what is believed

    def owners(self) -> tuple[str | None, tuple[str | None, ...]]:
        shown = (*self.added, *self.following)[:20]
        return (self.current.owner if self.current else None), tuple(one.owner for one in shown)

    def believed(self) -> tuple[str | None, tuple[str | None, ...]]:
        current = self.known.current.request if self.known.current else None
        return current, tuple(slot.request for slot in self.known.upcoming)
