"""Spotify's queue beside what plays: who needs it, the last picture of it, and how often it is asked while it fails."""

from __future__ import annotations

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.objects.playback import rules
from companion.ports.failures import SpotifyError
from companion.ports.spotify import PlaybackPicture, SpotifyApi, UpcomingPicture

_EARLY = 0.05

Answer = Result[UpcomingPicture, SpotifyError] | None


class QueueReader:
    """The part of `Playback` that knows of the queue. `picture` and `problem` are None while nobody wants it."""

    def __init__(self, *, spotify: SpotifyApi, clock: Clock) -> None:
        self._spotify = spotify
        self._clock = clock
        self._wanters: set[str] = set()
        self._failures = 0
        self._rests_until = 0.0
        self.picture: UpcomingPicture | None = None
        self.problem: SpotifyError | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody needs it."""
        return bool(self._wanters)

    @property
    def unread(self) -> bool:
        """Whether somebody needs it who has not been given anything yet, not even a reason."""
        return self.wanted and self.picture is None and self.problem is None

    def want(self, name: str, wanted: bool) -> bool:
        """Somebody starts or stops needing it; whether that changed anything."""
        if wanted == (name in self._wanters):
            return False
        if wanted:
            self._wanters.add(name)
        else:
            self._wanters.discard(name)
            if not self._wanters:
                self.forget()
        return True

    def forget(self) -> None:
        """It is another person's queue, or nobody's."""
        self.picture = self.problem = None
        self.do_not_rest()

    def do_not_rest(self) -> None:
        """Ask at the next poll, however often it has failed."""
        self._failures, self._rests_until = 0, 0.0

    async def read(self, playing: Result[PlaybackPicture, SpotifyError]) -> Answer:
        """The queue; None when nobody wants it, or Spotify runs nowhere or did not answer just before.

        While it alone fails it is asked ever more seldom, and what plays is read as often as before.
        """
        if not self.wanted or isinstance(playing, Err) or playing.value.kind == "nothing":
            return None
        if self.problem is not None and self._clock.monotonic() < self._rests_until:
            return Err(self.problem)
        answer = await self._spotify.get_queue()
        if isinstance(answer, Err):
            self._failures += 1
            rest = rules.delay_after_failure(self._failures, answer.error, now=self._clock.now())
            self._rests_until = self._clock.monotonic() + rest - _EARLY
        return answer

    def take(self, answer: Answer) -> None:
        """Keep what was read; a failure keeps the last good picture."""
        match answer:
            case Ok(upcoming):
                self.picture, self.problem = upcoming, None
                self.do_not_rest()
            case Err(error):
                self.problem = error
            case None:
                self.problem = None
                self.do_not_rest()
