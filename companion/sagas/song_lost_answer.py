"""Whether a song got into Spotify's queue by a call that was not answered. That has neither ids nor a way back.

Occurrences of the song are counted before the call (queue and current). One more afterwards: done. The same on two
readings 5 s apart, while the queue stood still: not done. Anything else nobody can tell: where songs have gone by, it
may have been among them, skipped by somebody while we did not look; and Spotify shows no more than 20 songs, so that
where others have added that many it may stand behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from companion.kernel.instant import Instant, seconds
from companion.kernel.result import Err, Ok
from companion.ports.failures import SpotifyError
from companion.ports.saga_params import SongRequestParams
from companion.ports.song_steps import ResolvedTrack, SongHandOver, SongStanding
from companion.ports.spotify import SpotifyApi, Track, UpcomingPicture, is_same_song, list_begins
from companion.runtime.saga.definition import CannotTell, Context, Done, Failed, LookAgain, LookUpOutcome, NotDone
from companion.sagas.answers import after_read
from companion.sagas.patience import Patience
from companion.sagas.song_lookup import RESOLVE

HANDED_OVER: Final = "handed over"
BETWEEN_LOOKS: Final = 5.0
"""Seconds between the two readings that must agree."""

Ctx = Context[SongRequestParams]


@dataclass(frozen=True, slots=True)
class HandOverIntent:
    """What stood in Spotify right before the call: occurrences of the song, what played, what came next.

    `listed`: what of that is known to be of Spotify's own list, before which everything added comes.
    """

    count: int
    current: str | None
    upcoming: tuple[str, ...]
    listed: tuple[str, ...] = ()


def intent_of(picture: UpcomingPicture, track: Track, *, listed: Sequence[str]) -> HandOverIntent:
    """To be written down before the call. `listed`: what was last known to come next of Spotify's own list."""
    upcoming = _addresses(picture)
    begins = list_begins(upcoming, listed)
    return HandOverIntent(
        _count(picture, track), _now_plays(picture), upcoming, () if begins is None else upcoming[begins:]
    )


class LostAnswer:
    """Looks the hand-over up. `away` counts how long Spotify was away, of whichever request."""

    def __init__(self, *, handing: SongHandOver, standing: SongStanding, spotify: SpotifyApi, away: Patience) -> None:
        self._handing = handing
        self._standing = standing
        self._spotify = spotify
        self._away = away

    async def look_up(self, ctx: Ctx) -> LookUpOutcome:
        """Whether the call that was not answered has put the song into the queue, or nobody wants it any more.

        Once its session has ended that makes no difference: it was not heard either way. Nor has the streamer
        anything to decide once its points were given back.
        """
        told = await self._look(ctx)
        if isinstance(told, CannotTell) and (over := self._standing.given_back(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        return told

    async def _look(self, ctx: Ctx) -> LookUpOutcome:
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

    def _cannot_look(self, ctx: Ctx, error: SpotifyError) -> LookUpOutcome:
        told = after_read(error, code="spotify_refused", text="Spotify does not show its queue")
        if isinstance(told, Failed):
            return CannotTell(told.text)
        wait = BETWEEN_LOOKS if told.not_before is None else (told.not_before - ctx.now).total_seconds()
        if self._waited_enough(ctx, ctx.now + seconds(wait)):
            return CannotTell("Spotify's queue could not be read")
        return LookAgain(max(wait, BETWEEN_LOOKS), told.error)

    def _compare(self, ctx: Ctx, intent: HandOverIntent, picture: UpcomingPicture) -> LookUpOutcome:
        if picture.current is None and intent.current is not None:
            return self._closed(ctx)
        if _shows_one_more(intent, picture, ctx.result(RESOLVE, ResolvedTrack).track):
            self._away.succeeded()
            return Done(HANDED_OVER)
        since = self._handing.not_there(ctx.run_id, picture.seen_at)
        if isinstance(since, Err) or picture.seen_at - since.value < seconds(BETWEEN_LOOKS):
            return LookAgain(BETWEEN_LOOKS)
        if picture.is_full and list_begins(_addresses(picture), intent.listed) is None:
            return CannotTell("Spotify shows the next 20 songs only, and this one may stand behind them")
        if not _stood_still(intent, picture):
            return CannotTell("Spotify's queue has moved on, so it does not show any more whether it took the song")
        self._handing.not_handed_over(ctx.run_id, None)
        self._away.succeeded()
        return NotDone()

    def _closed(self, ctx: Ctx) -> LookUpOutcome:
        """Spotify shows nothing just now; when it is open again it may."""
        if self._waited_enough(ctx, ctx.now + seconds(BETWEEN_LOOKS)):
            return CannotTell("Spotify was closed, so it does not show any more whether it took the song")
        return LookAgain(BETWEEN_LOOKS, "Spotify shows nothing just now")

    def _waited_enough(self, ctx: Ctx, due: Instant) -> bool:
        limit = self._standing.get_settings().refund_after
        return self._away.runs_out(limit, now=ctx.now, due=due, since=ctx.intended_at or ctx.now)


def _shows_one_more(intent: HandOverIntent, picture: UpcomingPicture, track: Track) -> bool:
    # What played then and was this very song has been counted, and is gone.
    gone = 1 if _now_plays(picture) != intent.current and intent.current == track.uri else 0
    return _count(picture, track) > intent.count - gone


def _stood_still(intent: HandOverIntent, picture: UpcomingPicture) -> bool:
    """Whether nothing can have left Spotify's queue since then: a song that did may have been this one.

    The same song plays on, and does not stand in the queue once more; or the queue is the same to the last place.
    """
    if _now_plays(picture) != intent.current:
        return False
    return _addresses(picture) == intent.upcoming or (intent.count == 0 and intent.current not in intent.upcoming)


def _count(picture: UpcomingPicture, track: Track) -> int:
    """Occurrences of the song, under whichever of its ids Spotify plays it."""
    current = 1 if picture.current is not None and is_same_song(picture.current, track) else 0
    return current + sum(is_same_song(each, track) for each in picture.upcoming)


def _now_plays(picture: UpcomingPicture) -> str | None:
    return picture.current.uri if picture.current is not None else None


def _addresses(picture: UpcomingPicture) -> tuple[str, ...]:
    return tuple(track.uri for track in picture.upcoming)
