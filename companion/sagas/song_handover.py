"""Giving a song to Spotify's queue, which has neither ids nor a way back: sent once, looked up before it is repeated.

Occurrences of the song are counted before the call (queue and current). One more afterwards: done. The same on two
readings 5 s apart, while the queue stood still: not done. Anything else nobody can tell: where songs have gone by, it
may have been among them, skipped by somebody while we did not look; and Spotify shows no more than 20 songs, so that
where others have added that many it may stand behind them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from companion.kernel.instant import Instant, seconds
from companion.kernel.result import Err, Ok
from companion.ports.failures import (
    Forbidden,
    NoAccess,
    NoActiveDevice,
    NotAllowListed,
    PremiumRequired,
    SpotifyError,
    Unauthorized,
)
from companion.ports.saga_params import SongRequestParams
from companion.ports.song_steps import ResolvedTrack, SongHandOver, SongStanding
from companion.ports.spotify import SpotifyApi, Track, UpcomingPicture, is_same_song, list_begins
from companion.runtime.saga.definition import (
    ActOutcome,
    CannotTell,
    Context,
    Done,
    Failed,
    LookAgain,
    LookUpOutcome,
    NotDone,
    Retry,
    Unknown,
)
from companion.sagas.answers import OURS, after_read, after_write
from companion.sagas.patience import Patience
from companion.sagas.song_lookup import RESOLVE

HANDED_OVER: Final = "handed over"
KEPT: Final = "not heard, points kept"
"""Result: it will not be handed over, and the points are kept all the same (a setting)."""
BETWEEN_LOOKS: Final = 5.0
"""Seconds between the two readings that must agree."""
TRY_HELD: Final = 15.0
"""Seconds until Spotify is tried again while it takes nothing."""
NO_DEVICE: Final = "Spotify has no active device. Press play in Spotify, the request goes on by itself."
NO_LOGIN: Final = "Spotify is not signed in. The request goes on by itself once it is."
AWAY: Final = "Spotify does not answer. The request goes on by itself once it does."
_GIVEN_UP: Final = f"Spotify was not ready to play. {OURS}"
_REFUSED: Final = f"Spotify would not take this song. {OURS}"


@dataclass(frozen=True, slots=True)
class HandOverIntent:
    """What stood in Spotify right before the call: occurrences of the song, what played, what came next.

    `listed`: what of that is known to be of Spotify's own list, before which everything added comes.
    """

    count: int
    current: str | None
    upcoming: tuple[str, ...]
    listed: tuple[str, ...] = ()


NOT_NEEDED: Final = HandOverIntent(0, None, ())


class HandOver:
    """The parts of the step."""

    def __init__(self, *, handing: SongHandOver, standing: SongStanding, spotify: SpotifyApi) -> None:
        self._handing = handing
        self._standing = standing
        self._spotify = spotify
        self._away = Patience()

    async def prepare(self, ctx: Context[SongRequestParams], track: Track) -> Done[HandOverIntent] | Retry | Failed:
        """Count before anything is sent."""
        if (given_back := self._given_back(ctx)) is not None:
            return given_back
        if (over := self._standing.why_not(ctx.run_id)) is not None:
            return Done(NOT_NEEDED) if over.keep else Failed(over.code, over.text)
        if (reason := self._handing.paused(ctx.run_id)) is not None:
            return _later(ctx, reason)
        match await self._spotify.get_queue():
            case Ok(picture):
                upcoming = tuple(track.uri for track in picture.upcoming)
                current = picture.current.uri if picture.current is not None else None
                begins = list_begins(upcoming, self._handing.listed())
                listed = () if begins is None else upcoming[begins:]
                return Done(HandOverIntent(_count(picture, track), current, upcoming, listed))
            case Err(error):
                return self._held(ctx, error, after_read(error, code="spotify_refused", text=_REFUSED))

    async def act(self, ctx: Context[SongRequestParams], uri: str) -> ActOutcome:
        """The one call."""
        reason = self._handing.paused(ctx.run_id)
        if reason is not None and self._standing.why_not(ctx.run_id) is None:
            return _later(ctx, reason)
        if (given_back := self._given_back(ctx)) is not None:
            return given_back
        begun = self._handing.begin_handing(ctx.run_id)
        if isinstance(begun, Err):
            return Retry("the database cannot be written")
        if (over := begun.value) is not None:
            return Done(KEPT) if over.keep else Failed(over.code, over.text)
        match await self._spotify.add_to_queue(uri):
            case Ok():
                self._away.succeeded()
                return Done(HANDED_OVER)
            case Err(error):
                told = after_write(error, code="spotify_refused", text=_REFUSED)
                return told if isinstance(told, Unknown) else self._held(ctx, error, told)

    def _given_back(self, ctx: Context[SongRequestParams]) -> Failed | None:
        """It may have been in the call to Spotify when its points went back, so that nobody could take it out."""
        over = self._standing.given_back(ctx.run_id)
        return None if over is None else Failed(over.code, over.text)

    def _held(self, ctx: Context[SongRequestParams], error: SpotifyError, told: Retry | Failed) -> Retry | Failed:
        """Nothing was sent. While Spotify is away the request waits, says why, and is given up after a while."""
        note = _note(error) if isinstance(told, Retry) else None
        self._handing.not_handed_over(ctx.run_id, note)
        if isinstance(told, Failed):
            if isinstance(error, PremiumRequired | NotAllowListed | Forbidden | Unauthorized):
                self._handing.turned_down(error)
            return told
        if (over := self._standing.why_not(ctx.run_id)) is not None and not over.keep:
            return Failed(over.code, over.text)
        due = told.not_before or ctx.now + seconds(TRY_HELD)
        if self._is_over(ctx, due, since=ctx.created_at):
            return Failed("spotify_away", _GIVEN_UP)
        return Retry(told.error, due, free=True, wakeable=told.not_before is None)

    def _is_over(self, ctx: Context[SongRequestParams], due: Instant, *, since: Instant) -> bool:
        self._away.failed(ctx.now, due)
        return self._away.is_over(now=ctx.now, since=since, limit=self._standing.get_settings().refund_after)

    async def look_up(self, ctx: Context[SongRequestParams]) -> LookUpOutcome:
        """Whether the call that was not answered has put the song into the queue, or nobody wants it any more.

        Once its session has ended that makes no difference: it was not heard either way. Nor has the streamer
        anything to decide once its points were given back.
        """
        told = await self._look(ctx)
        return (self._given_back(ctx) or told) if isinstance(told, CannotTell) else told

    async def _look(self, ctx: Context[SongRequestParams]) -> LookUpOutcome:
        if (over := self._standing.why_taken_out(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        if self._standing.was_seen(ctx.run_id):
            return Done(HANDED_OVER)
        if self._standing.never_sent(ctx.run_id):
            return NotDone()
        if self._standing.why_not(ctx.run_id) is not None:
            return Done(HANDED_OVER)
        intent = ctx.intent
        if not isinstance(intent, HandOverIntent):
            return CannotTell("what stood in Spotify's queue before was not written down")
        match await self._spotify.get_queue():
            case Ok(picture):
                return self._compare(ctx, intent, picture)
            case Err(error):
                return self._cannot_look(ctx, error)

    def _cannot_look(self, ctx: Context[SongRequestParams], error: SpotifyError) -> LookUpOutcome:
        told = after_read(error, code="spotify_refused", text=_REFUSED)
        if isinstance(told, Failed):
            return CannotTell("Spotify does not show its queue")
        wait = BETWEEN_LOOKS if told.not_before is None else (told.not_before - ctx.now).total_seconds()
        if self._is_over(ctx, ctx.now + seconds(wait), since=ctx.intended_at or ctx.now):
            return CannotTell("Spotify's queue could not be read")
        return LookAgain(max(wait, BETWEEN_LOOKS), told.error)

    def _compare(
        self, ctx: Context[SongRequestParams], intent: HandOverIntent, picture: UpcomingPicture
    ) -> LookUpOutcome:
        if picture.current is None and intent.current is not None:
            return self._closed(ctx)
        track = ctx.result(RESOLVE, ResolvedTrack).track
        now_plays = picture.current.uri if picture.current is not None else None
        # What played then and was this very song has been counted, and is gone.
        gone = 1 if now_plays != intent.current and intent.current == track.uri else 0
        if _count(picture, track) > intent.count - gone:
            self._away.succeeded()
            return Done(HANDED_OVER)
        since = self._handing.not_there(ctx.run_id, picture.seen_at)
        if isinstance(since, Err) or picture.seen_at - since.value < seconds(BETWEEN_LOOKS):
            return LookAgain(BETWEEN_LOOKS)
        if picture.is_full and list_begins([track.uri for track in picture.upcoming], intent.listed) is None:
            return CannotTell("Spotify shows the next 20 songs only, and this one may stand behind them")
        if not _stood_still(intent, picture):
            return CannotTell("Spotify's queue has moved on, so it does not show any more whether it took the song")
        self._handing.not_handed_over(ctx.run_id, None)
        self._away.succeeded()
        return NotDone()

    def _closed(self, ctx: Context[SongRequestParams]) -> LookUpOutcome:
        """Spotify shows nothing just now; when it is open again it may."""
        if self._is_over(ctx, ctx.now + seconds(BETWEEN_LOOKS), since=ctx.intended_at or ctx.now):
            return CannotTell("Spotify was closed, so it does not show any more whether it took the song")
        return LookAgain(BETWEEN_LOOKS, "Spotify shows nothing just now")


def _later(ctx: Context[SongRequestParams], reason: str) -> Retry:
    """Nothing is sent just now; its turn stays its turn."""
    return Retry(reason, ctx.now + seconds(TRY_HELD), free=True, wakeable=True)


def _stood_still(intent: HandOverIntent, picture: UpcomingPicture) -> bool:
    """Whether nothing can have left Spotify's queue since then: a song that did may have been this one.

    The same song plays on, and does not stand in the queue once more; or the queue is the same to the last place.
    """
    now_plays = picture.current.uri if picture.current is not None else None
    if now_plays != intent.current:
        return False
    same = tuple(track.uri for track in picture.upcoming) == intent.upcoming
    return same or (intent.count == 0 and intent.current not in intent.upcoming)


def _count(picture: UpcomingPicture, track: Track) -> int:
    """Occurrences of the song, under whichever of its ids Spotify plays it."""
    current = 1 if picture.current is not None and is_same_song(picture.current, track) else 0
    return current + sum(is_same_song(each, track) for each in picture.upcoming)


def _note(error: SpotifyError) -> str:
    match error:
        case NoActiveDevice():
            return NO_DEVICE
        case NoAccess():
            return NO_LOGIN
        case _:
            return AWAY
