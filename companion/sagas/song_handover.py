"""Giving a song to Spotify's queue: the request waits for its turn, and then it is sent, once."""

from __future__ import annotations

from typing import Final

from companion.kernel.instant import seconds
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
from companion.ports.song_steps import Granted, NotYet, Over, ResolvedTrack, SongHandOver, SongStanding
from companion.ports.spotify import SpotifyApi
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    Context,
    Done,
    EffectStep,
    Failed,
    Retry,
    Step,
    Unknown,
    Waiting,
    WaitOutcome,
    WaitStep,
)
from companion.sagas.answers import OURS, after_read, after_write
from companion.sagas.patience import TRY_HELD, Patience
from companion.sagas.song_lookup import RESOLVE
from companion.sagas.song_lost_answer import HANDED_OVER, HandOverIntent, LostAnswer, intent_of

TURN: Final = "wait for turn"
HAND_OVER: Final = "hand over"

TURN_CAME: Final = "its turn"
KEPT: Final = "not heard, points kept"
"""Result of a step: it will not be heard, and the points are kept all the same (a setting)."""
NO_DEVICE: Final = "Spotify has no active device. Press play in Spotify, the request goes on by itself."
NO_LOGIN: Final = "Spotify is not signed in. The request goes on by itself once it is."
AWAY: Final = "Spotify does not answer. The request goes on by itself once it does."
_GIVEN_UP: Final = f"Spotify was not ready to play. {OURS}"
_REFUSED: Final = f"Spotify would not take this song. {OURS}"
_NOT_NEEDED: Final = HandOverIntent(0, None, ())

Ctx = Context[SongRequestParams]


class HandOver:
    """Makes the two steps."""

    def __init__(self, *, handing: SongHandOver, standing: SongStanding, spotify: SpotifyApi) -> None:
        self._handing = handing
        self._standing = standing
        self._spotify = spotify
        self._away = Patience()
        self._lost_answer = LostAnswer(handing=handing, standing=standing, spotify=spotify, away=self._away)

    def steps(self) -> tuple[Step[SongRequestParams], ...]:
        """From the queue to Spotify. The result of `HAND_OVER` is `HANDED_OVER` or `KEPT`."""
        hand_over = EffectStep[SongRequestParams](
            name=HAND_OVER,
            prepare=self._prepare,
            act=self._act,
            look_up=self._lost_answer.look_up,
            record=self._record,
            intent=HandOverIntent,
            result=str,
            time_limit=30.0,
            attempts=3,
        )
        return WaitStep[SongRequestParams](name=TURN, check=self._turn, result=str), hand_over

    def _turn(self, tx: Transaction, ctx: Ctx) -> WaitOutcome:
        match self._handing.turn_in(tx, ctx.run_id):
            case Granted():
                return Done(TURN_CAME)
            case NotYet(until):
                return Waiting(until)
            case Over() as over:
                return after_over(over)

    async def _prepare(self, ctx: Ctx) -> Done[HandOverIntent] | Retry | Failed:
        """Count before anything is sent."""
        if ctx.result(TURN, str) == KEPT:
            return Done(_NOT_NEEDED)
        if (given_back := self._given_back(ctx)) is not None:
            return given_back
        if (over := self._standing.why_not(ctx.run_id)) is not None:
            return Done(_NOT_NEEDED) if over.keep else Failed(over.code, over.text)
        if (reason := self._handing.paused(ctx.run_id)) is not None:
            return _later(ctx, reason)
        match await self._spotify.get_queue():
            case Ok(picture):
                track = ctx.result(RESOLVE, ResolvedTrack).track
                return Done(intent_of(picture, track, listed=self._handing.listed()))
            case Err(error):
                return self._held(ctx, error, after_read(error, code="spotify_refused", text=_REFUSED))

    async def _act(self, ctx: Ctx) -> ActOutcome:
        """The one call."""
        if ctx.result(TURN, str) == KEPT:
            return Done(KEPT)
        reason = self._handing.paused(ctx.run_id)
        if reason is not None and self._standing.why_not(ctx.run_id) is None:
            return _later(ctx, reason)
        if (given_back := self._given_back(ctx)) is not None:
            return given_back
        begun = self._handing.begin_handing(ctx.run_id)
        if isinstance(begun, Err):
            return Retry("the database cannot be written")
        if (over := begun.value) is not None:
            return after_over(over)
        match await self._spotify.add_to_queue(ctx.result(RESOLVE, ResolvedTrack).track.uri):
            case Ok():
                self._away.succeeded()
                return Done(HANDED_OVER)
            case Err(error):
                told = after_write(error, code="spotify_refused", text=_REFUSED)
                return told if isinstance(told, Unknown) else self._held(ctx, error, told)

    def _record(self, tx: Transaction, ctx: Ctx, result: object) -> None:
        if result != KEPT:
            self._handing.handed_over_in(tx, ctx.run_id)

    def _given_back(self, ctx: Ctx) -> Failed | None:
        """It may have been in the call to Spotify when its points went back, so that nobody could take it out."""
        over = self._standing.given_back(ctx.run_id)
        return None if over is None else Failed(over.code, over.text)

    def _held(self, ctx: Ctx, error: SpotifyError, told: Retry | Failed) -> Retry | Failed:
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
        limit = self._standing.get_settings().refund_after
        if self._away.runs_out(limit, now=ctx.now, due=due, since=ctx.created_at):
            return Failed("spotify_away", _GIVEN_UP)
        return Retry(told.error, due, free=True, wakeable=told.not_before is None)


def after_over(over: Over) -> Done[str] | Failed:
    """What a step makes of a request that will not be heard."""
    return Done(KEPT) if over.keep else Failed(over.code, over.text)


def _later(ctx: Ctx, reason: str) -> Retry:
    """Nothing is sent just now; its turn stays its turn."""
    return Retry(reason, ctx.now + seconds(TRY_HELD), free=True, wakeable=True)


def _note(error: SpotifyError) -> str:
    match error:
        case NoActiveDevice():
            return NO_DEVICE
        case NoAccess():
            return NO_LOGIN
        case _:
            return AWAY
