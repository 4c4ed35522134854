"""A song request, from the viewer's words to the points: fulfilled when the song is seen playing, else refunded."""

from __future__ import annotations

from collections.abc import Callable

from companion.kernel.instant import seconds
from companion.ports.chat import ChatVoice
from companion.ports.rewards import RewardsApi
from companion.ports.saga_params import SONG_REQUEST, Points, SongRequestParams, points_behind
from companion.ports.song_rules import RuleRefusal
from companion.ports.song_steps import (
    Admitted,
    NewRequest,
    Refused,
    ResolvedTrack,
    SongHandOver,
    SongQueueSteps,
    SongStanding,
)
from companion.ports.spotify import SpotifyApi
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import (
    ActOutcome,
    Context,
    Done,
    EffectStep,
    Failed,
    LocalOutcome,
    LocalStep,
    Retry,
    SagaDefinition,
    Step,
)
from companion.runtime.saga.settlements import GIVEN_BACK
from companion.sagas import song_words
from companion.sagas.answers import OURS
from companion.sagas.patience import TRY_HELD, Patience
from companion.sagas.settling import ELSEWHERE, SETTLED, SPENT, SPENT_TEXT, Settling, nobody
from companion.sagas.song_handover import HandOver
from companion.sagas.song_heard import HEARD, Hearing
from companion.sagas.song_lookup import RESOLVE, SongLookup
from companion.sagas.speaking import said

ADMIT = "admit"
CONFIRM = "confirm"
FULFIL = "fulfil"
PUBLISH = "publish"
REFUND = "refund"
REFUSED = "mark refused"
TELL = "tell"

Ctx = Context[SongRequestParams]


class SongRequestSaga:
    """Makes the definition. `queue`, `handing`, `standing`: the song queue, by what is asked of it.

    `reward_missing`: see `Settling`.
    """

    def __init__(
        self,
        *,
        queue: SongQueueSteps,
        handing: SongHandOver,
        standing: SongStanding,
        spotify: SpotifyApi,
        voice: ChatVoice,
        rewards: RewardsApi,
        reward_missing: Callable[[str], None] = nobody,
    ) -> None:
        self._queue = queue
        self._standing = standing
        self._voice = voice
        self._lookup = SongLookup(spotify)
        self._hand_over = HandOver(handing=handing, standing=standing, spotify=spotify)
        self._hearing = Hearing(queue=queue, handing=handing, standing=standing)
        self._settling = Settling(rewards, missing=reward_missing)
        self._away = Patience()

    def definition(self) -> SagaDefinition[SongRequestParams]:
        """The saga of kind `song_request`."""
        return SagaDefinition(
            kind=SONG_REQUEST,
            params=SongRequestParams,
            steps=(
                *self._into_the_queue(),
                *self._hand_over.steps(),
                *self._hearing.steps(),
                self._settling.fulfil(_points, name=FULFIL, delivered=True),
                LocalStep[SongRequestParams](name=PUBLISH, apply=self._publish),
            ),
            amends=(
                self._settling.refund(_points, name=REFUND),
                LocalStep[SongRequestParams](name=REFUSED, apply=self._refused),
                EffectStep[SongRequestParams](
                    name=TELL, act=self._tell, result=str, time_limit=60.0, patient=True, best_effort=True
                ),
            ),
            summary=song_words.summary,
            points=lambda params: points_behind(params.points),
            stuck=self._queue.undecided_in,
            dropped=self._queue.left_in,
        )

    def _into_the_queue(self) -> tuple[Step[SongRequestParams], ...]:
        return (
            EffectStep[SongRequestParams](
                name=RESOLVE, act=self._resolve, result=ResolvedTrack, repeatable=True, time_limit=30.0, attempts=3
            ),
            LocalStep[SongRequestParams](name=ADMIT, apply=self._admit, result=Admitted, undo=self._take_out),
            EffectStep[SongRequestParams](
                name=CONFIRM, act=self._confirm, result=str, time_limit=60.0, patient=True, best_effort=True
            ),
        )

    # ---- into the queue

    async def _resolve(self, ctx: Ctx) -> ActOutcome:
        if (over := self._standing.given_back(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        settings = self._standing.get_settings()
        outcome = await self._lookup.resolve(ctx.params.text, links_only=settings.links_only)
        if not isinstance(outcome, Retry):
            self._away.succeeded()
            return outcome
        if not outcome.free:
            return outcome
        due = outcome.not_before or ctx.now + seconds(TRY_HELD)
        if self._away.runs_out(settings.refund_after, now=ctx.now, due=due, since=ctx.created_at):
            return Failed("spotify_away", f"Spotify could not be reached. {OURS}")
        return Retry(outcome.error, due, free=True, wakeable=outcome.not_before is None)

    def _admit(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        if (over := self._standing.given_back(ctx.run_id)) is not None:
            return Failed(over.code, over.text)
        params = ctx.params
        track = ctx.result(RESOLVE, ResolvedTrack).track
        new = NewRequest(ctx.run_id, params.source, params.viewer, params.role, track, params.requested_at)
        match self._queue.admit_in(tx, new):
            case RuleRefusal(rule, by_viewer, text):
                return Failed(rule, text, by_viewer=by_viewer)
            case admitted:
                return Done(admitted)

    def _take_out(self, tx: Transaction, ctx: Ctx) -> None:
        self._queue.remove_in(tx, ctx.run_id)

    async def _confirm(self, ctx: Ctx) -> ActOutcome:
        line = song_words.let_in(ctx.params, ctx.result(RESOLVE, ResolvedTrack), ctx.result(ADMIT, Admitted))
        return said(await self._voice.say(line, reply_to=ctx.params.reply_to, patience=30.0))

    # ---- to its end

    def _publish(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        self._queue.fulfilled_in(tx, ctx.run_id, ctx.now)
        return Done(None)

    def _refused(self, tx: Transaction, ctx: Ctx) -> LocalOutcome:
        if HEARD in ctx.results.values():  # only the points went back
            return Done(None)
        failure = ctx.failure or _UNSAID
        params = ctx.params
        self._queue.refused_in(
            tx,
            Refused(ctx.run_id, params.source, params.viewer, failure.code, _why(ctx), failure.by_viewer),
        )
        return Done(None)

    async def _tell(self, ctx: Ctx) -> ActOutcome:
        back = ctx.results.get(REFUND) in (SETTLED, ELSEWHERE)
        line = song_words.refused(ctx.params, _why(ctx), points_back=back)
        return said(await self._voice.say(line, reply_to=ctx.params.reply_to, patience=30.0))


_UNSAID = Failed("not_played", f"Your song could not be played. {OURS}")


def _why(ctx: Ctx) -> str:
    """Why it came to nothing, and where its points have gone if no refund can bring them back."""
    failure = ctx.failure or _UNSAID
    if ctx.results.get(REFUND) != SPENT:
        return failure.text
    # The streamer wanted to give it back, and it was too late.
    return SPENT_TEXT if failure.code == GIVEN_BACK.code else f"{failure.text} {SPENT_TEXT}"


def _points(params: SongRequestParams) -> Points | None:
    return params.points
