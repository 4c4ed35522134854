"""Whether a song that Spotify took is heard: it is waited for, and what never shows up there is made sure of."""

from __future__ import annotations

from typing import Final

from companion.ports.saga_params import SongRequestParams
from companion.ports.song_steps import Heard, NeverSeen, NotYet, Over, SongHandOver, SongQueueSteps, SongStanding
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    CannotTell,
    Context,
    Done,
    EffectStep,
    Failed,
    LookUpOutcome,
    Step,
    Unknown,
    Waiting,
    WaitOutcome,
    WaitStep,
)
from companion.sagas.song_handover import HAND_OVER, KEPT, after_over

PLAYING: Final = "wait until playing"
MAKE_SURE: Final = "make sure"
AFTER_ALL: Final = "wait until playing after all"

HEARD: Final = "heard"
NEVER_SEEN: Final = "never seen"
SEEN: Final = "seen in Spotify"

Ctx = Context[SongRequestParams]


class Hearing:
    """Makes the three steps. The result of the last one is `HEARD` or `KEPT`; else the run has failed."""

    def __init__(self, *, queue: SongQueueSteps, handing: SongHandOver, standing: SongStanding) -> None:
        self._queue = queue
        self._handing = handing
        self._standing = standing

    def steps(self) -> tuple[Step[SongRequestParams], ...]:
        """From Spotify's queue to the viewers' ears."""
        return (
            WaitStep[SongRequestParams](name=PLAYING, check=self._playing, result=str),
            EffectStep[SongRequestParams](
                name=MAKE_SURE, act=self._ask, look_up=self._seen_since, record=self._turned_up, result=str
            ),
            WaitStep[SongRequestParams](name=AFTER_ALL, check=self._after_all, result=str),
        )

    def _playing(self, tx: Transaction, ctx: Ctx) -> WaitOutcome:
        return Done(KEPT) if ctx.result(HAND_OVER, str) == KEPT else self._outcome(tx, ctx)

    def _outcome(self, tx: Transaction, ctx: Ctx) -> WaitOutcome:
        match self._queue.outcome_in(tx, ctx.run_id):
            case Heard():
                # Now, not when the points are settled: that may have to wait, and what was heard was heard.
                self._queue.heard_in(tx, ctx.run_id)
                return Done(HEARD)
            case NeverSeen():
                return Done(NEVER_SEEN)
            case NotYet(until):
                return Waiting(until)
            case Over() as over:
                return after_over(over)

    async def _ask(self, ctx: Ctx) -> ActOutcome:
        """What Spotify took and never showed is for the streamer to decide."""
        if ctx.result(PLAYING, str) != NEVER_SEEN:
            return Done(ctx.result(PLAYING, str))
        return Unknown("Spotify took the song, and it was never seen there")

    async def _seen_since(self, ctx: Ctx) -> LookUpOutcome:
        if ctx.result(PLAYING, str) != NEVER_SEEN:
            return Done(ctx.result(PLAYING, str))
        if (over := self._standing.why_taken_out(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        if self._standing.was_seen(ctx.run_id):
            return Done(SEEN)
        if (over := self._standing.given_back(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        return CannotTell("Spotify took the song, and it was not seen there for an hour")

    def _turned_up(self, tx: Transaction, ctx: Ctx, result: object) -> None:
        if result == SEEN:
            self._handing.handed_over_in(tx, ctx.run_id)

    def _after_all(self, tx: Transaction, ctx: Ctx) -> WaitOutcome:
        """What turned up in Spotify late is waited for like any other; in runs of old this step was not."""
        sure = ctx.results.get(MAKE_SURE)
        return self._outcome(tx, ctx) if sure == SEEN else Done(str(sure))
