"""What plays, as far as it is known: the last picture, why there is no newer one, and what was told of it."""

from __future__ import annotations

from collections.abc import Callable

from companion.kernel.ids import IdSource
from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.playback import rules
from companion.ports.events import NowPlayingChanged
from companion.ports.failures import SpotifyError
from companion.ports.spotify import PlaybackPicture


class NowPlaying:
    """The part of `Playback` that takes in what Spotify says of the player, and says how soon to ask again.

    `publish` is told once of every change of track, kind, or playing and paused. What was told outlives a login: the
    same song under another one is no change.
    """

    def __init__(self, *, clock: Clock, ids: IdSource, publish: Callable[[NowPlayingChanged], None]) -> None:
        self._clock = clock
        self._ids = ids
        self._publish = publish
        self._told = rules.NOTHING_TOLD
        self._failures = 0
        self._quiet_polls = 0
        self._end_polls = 0
        self.picture: PlaybackPicture | None = None
        """The last good one, however old."""
        self.problem: SpotifyError | None = None
        self.problem_since: Instant | None = None

    @property
    def must_wait(self) -> bool:
        """Whether Spotify has asked not to be asked yet."""
        until = rules.wait_until(self.problem)
        return until is not None and until > self._clock.now()

    def take(self, answer: Result[PlaybackPicture, SpotifyError]) -> None:
        """Keep what was read; a failure keeps the last good picture."""
        match answer:
            case Ok(picture):
                self._failures = 0
                self._quiet_polls = 0 if picture.is_playing else self._quiet_polls + 1
                near_end = rules.is_near_end(picture, now=self._clock.now())
                same = rules.told_of(picture) == self._told
                self._end_polls = (self._end_polls if same else 0) + 1 if near_end else 0
                self.problem = self.problem_since = None
                self.picture = picture
            case Err(error):
                self._failures += 1
                self.problem = error
                self.problem_since = self.problem_since or self._clock.now()

    def start_over(self) -> None:
        """The login is another one: how earlier polls went says nothing of the next. The picture stays."""
        self._failures = self._quiet_polls = self._end_polls = 0
        self.problem = self.problem_since = None

    def forget(self) -> None:
        """There is no login any more: the picture is another person's."""
        self.picture = None

    def tell(self) -> None:
        """Publish what the picture shows, unless that was told already."""
        picture = self.picture
        if picture is None or rules.told_of(picture) == self._told:
            return
        track = picture.track
        self._publish(
            NowPlayingChanged(
                event_id=self._ids(),
                at=picture.seen_at,
                playing_kind=picture.kind,
                track_id=track.id if track is not None else None,
                title=track.title if track is not None else picture.title,
                artists=track.artists if track is not None else (),
                is_playing=picture.is_playing,
            )
        )
        self._told = rules.told_of(picture)

    def delay(self, *, closely: float | None) -> float:
        """Seconds until the next poll. `closely`: see `rules.delay_after_picture`."""
        now = self._clock.now()
        if self.problem is not None:
            return rules.delay_after_failure(self._failures, self.problem, now=now)
        if self.picture is None:
            return rules.STEADY
        return rules.delay_after_picture(
            self.picture, now=now, quiet_polls=self._quiet_polls, end_polls=self._end_polls, closely=closely
        )
