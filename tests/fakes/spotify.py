"""Spotify without a network: a scripted player API, a token source, and a timer that tests fire."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NetworkDown, NotFound, SpotifyError, TokenError
from companion.ports.spotify import PlaybackPicture, PlayingKind, Track, UpcomingPicture
from companion.ports.tokens import AccessToken, Account, TokenStatus
from tests.fakes.clock import START, FakeClock

CLIENT_ID = "0123456789abcdef0123456789abcdef"


def a_track(number: int = 1, *, duration_ms: int = 180_000) -> Track:
    """An invented song; its id tells it from others."""
    return Track(
        id=f"{number:022d}",
        uri=f"spotify:track:{number:022d}",
        title=f"Song {number}",
        artists=("Somebody", "Somebody Else"),
        album="An Album",
        duration_ms=duration_ms,
        explicit=False,
        cover_url=f"https://covers.example/{number}",
        link=f"https://open.spotify.com/track/{number:022d}",
    )


def a_picture(
    track: Track | None = None,
    *,
    kind: PlayingKind = "track",
    title: str | None = None,
    is_playing: bool = True,
    progress_ms: int = 0,
    seen_at: Instant = START,
) -> PlaybackPicture:
    """What plays; with kind "track" and no track given, the first song."""
    shown = (track or a_track()) if kind == "track" else None
    named = shown.title if shown is not None else title
    return PlaybackPicture(kind, shown, named, is_playing, progress_ms, "Workroom PC", seen_at)


NOTHING = a_picture(kind="nothing", is_playing=False)


class FakeSpotify:
    """`answers` are given one by one, the last one again and again; pictures are stamped with the clock's time.

    `polls` counts the calls of `get_playback`; after `hold()` they wait for `release()`.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.answers: deque[PlaybackPicture | SpotifyError] = deque([NOTHING])
        self.polls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.account = Account("account-1", "listener", "Listener", None)
        self.tracks: dict[str, Track] = {}
        self.current: Track | None = None
        """What the queue calls playing, beside what `answers` say."""
        self.upcoming: list[Track] = []
        self.added: list[str] = []
        """Every address that was added to the queue, in order, whatever was answered."""
        self.skips = 0
        self.queries: list[str] = []
        self.found: dict[str, Sequence[Track]] = {}
        self.links: dict[str, str | None] = {}
        self.errors: dict[str, deque[SpotifyError]] = {}
        """By a method's name: errors that answer its next calls, one each, before anything happens."""
        self.lose_answers: Counter[str] = Counter()
        """By a method's name: so many of its next calls have their effect, and the answer is lost."""
        self._open = asyncio.Event()
        self._open.set()

    def answer(self, *answers: PlaybackPicture | SpotifyError) -> None:
        """From now on these."""
        self.answers = deque(answers)

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def get_playback(self) -> Result[PlaybackPicture, SpotifyError]:
        self.polls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._open.wait()
        finally:
            self.at_once -= 1
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PlaybackPicture):
            return Ok(replace(answer, seen_at=self._clock.now()))
        return Err(answer)

    async def get_account(self) -> Result[Account, SpotifyError]:
        return Ok(self.account)

    async def get_track(self, track_id: str) -> Result[Track, SpotifyError]:
        if (error := self._error("get_track")) is not None:
            return Err(error)
        track = self.tracks.get(track_id)
        return Ok(track) if track is not None else Err(NotFound("no such track"))

    def fail(self, method: str, *errors: SpotifyError) -> None:
        """The next calls of `method` are answered with these."""
        self.errors.setdefault(method, deque()).extend(errors)

    async def get_queue(self) -> Result[UpcomingPicture, SpotifyError]:
        if (error := self._error("get_queue")) is not None:
            return Err(error)
        full = len(self.upcoming) >= 20
        return Ok(UpcomingPicture(self.current, tuple(self.upcoming[:20]), self._clock.now(), is_full=full))

    async def add_to_queue(self, uri: str) -> Result[None, SpotifyError]:
        if (error := self._error("add_to_queue")) is not None:
            return Err(error)
        self.added.append(uri)
        self.upcoming.extend(track for track in self.tracks.values() if track.uri == uri)
        return self._answer("add_to_queue")

    async def skip(self) -> Result[None, SpotifyError]:
        if (error := self._error("skip")) is not None:
            return Err(error)
        self.skips += 1
        return self._answer("skip")

    async def search_tracks(self, query: str, *, limit: int = 5) -> Result[Sequence[Track], SpotifyError]:
        assert 1 <= limit <= 10
        self.queries.append(query)
        if (error := self._error("search_tracks")) is not None:
            return Err(error)
        return Ok(tuple(self.found.get(query, ())[:limit]))

    async def follow_short_link(self, url: str) -> Result[str | None, SpotifyError]:
        if (error := self._error("follow_short_link")) is not None:
            return Err(error)
        return Ok(self.links.get(url))

    def _error(self, method: str) -> SpotifyError | None:
        waiting = self.errors.get(method)
        return waiting.popleft() if waiting else None

    def _answer(self, method: str) -> Result[None, SpotifyError]:
        if self.lose_answers[method]:
            self.lose_answers[method] -= 1
            return Err(NetworkDown("the answer was lost"))
        return Ok(None)


class FakeTokens:
    """A token source: `tokens` are handed out one after the other, the next one whenever the present one is rejected.

    `error`, if set, is answered instead. `rejected` lists the tokens that callers brought back.
    """

    def __init__(self, *tokens: str, error: TokenError | None = None) -> None:
        self._tokens = deque(AccessToken(Redacted(token), CLIENT_ID) for token in tokens)
        self.error = error
        self.rejected: list[AccessToken] = []
        self.asked = 0

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, TokenError]:
        self.asked += 1
        if rejected is not None:
            self.rejected.append(rejected)
            if rejected == self._tokens[0] and len(self._tokens) > 1:
                self._tokens.popleft()
        return Ok(self._tokens[0]) if self.error is None else Err(self.error)

    def status(self) -> TokenStatus:
        raise NotImplementedError("services do not ask for it")


class ManualTimer:
    """`delay` is what it was armed with last, in seconds, None while disarmed; `fire` lets it run out."""

    def __init__(self) -> None:
        self.delay: float | None = None
        self.closed = False
        self._callback: Callable[[], None] | None = None

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        if not self.closed:
            assert 0 <= delay <= 3600
            self.delay, self._callback = delay, callback

    def disarm(self) -> None:
        self.delay, self._callback = None, None

    def close(self) -> None:
        self.closed = True
        self.disarm()

    def fire(self) -> None:
        """Run out now, as if `delay` had passed."""
        callback = self._callback
        assert callback is not None, "the timer is not armed"
        self.disarm()
        callback()
