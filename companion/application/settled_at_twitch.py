"""Redemptions that somebody else settled (Twitch's dashboard): what hangs on them follows, and the feed says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.ports.rewards import Verdict
from companion.ports.saga_params import (
    SONG_REQUEST,
    Points,
    RaffleParams,
    RaffleWinParams,
    SongRequestParams,
    win_run_id,
)
from companion.ports.sagas import NEEDS_YOU, RunStatus, RunView, SagasPort, Settlement
from companion.ports.song_queue import SongQueuePort

HANGING: Final[frozenset[RunStatus]] = NEEDS_YOU | {"running", "waiting"}
"""Runs that a settlement elsewhere means something to; one that is compensated refunds by itself."""
_PAGE: Final = 100
_OVERLAP: Final = 20
"""Runs that may end between two pages without another one being passed over."""
_BECAME: Final[dict[Verdict, str]] = {
    "fulfilled": "fulfilled in Twitch's dashboard, so the points stay spent",
    "canceled": "given back in Twitch's dashboard, so the points are back",
}


class SettledAtTwitch:
    """Bears repetition, and what we settled ourselves. `note` takes a sentence for the feed."""

    def __init__(self, *, sagas: SagasPort, songs: SongQueuePort, note: Callable[[str], None]) -> None:
        self._sagas = sagas
        self._songs = songs
        self._note = note

    async def hanging(self) -> Mapping[str, str]:
        """Redemptions that something still hangs on, with their rewards. Raises `StorageFailure`."""
        found: dict[str, str] = {}
        page: Sequence[RunView] = ()
        offset = 0
        while not offset or len(page) == _PAGE:
            page = self._sagas.list_runs(statuses=HANGING, limit=_PAGE, offset=offset)
            points = (_points(run) for run in page)
            found |= {one.redemption_id: one.reward_id for one in points if one and not one.settled_already}
            offset += _PAGE - _OVERLAP
            await asyncio.sleep(0)  # others of the loop have their turn; a few runs may end in it
        return found

    async def tell(self, redemption_id: str, verdict: Verdict) -> Result[None, str]:
        """It stands at Twitch as settled; an error is for a passing reason, and it may be told again."""
        run = self._sagas.get_run(redemption_id)
        if run is None or (run.kind == SONG_REQUEST and run.status in HANGING):
            told = await self._songs.settled_at_twitch(redemption_id, verdict)
            if isinstance(told, Err):
                return Err(told.error.detail)
            if told.value and run is not None and verdict == "fulfilled":
                self._note(f"{run.summary}. It was {_BECAME[verdict]}; it stays in the queue.")
        for asked in (run, self._sagas.get_run(win_run_id(redemption_id))):
            if asked is not None and asked.status in NEEDS_YOU:
                closed = await self._close(asked, verdict)
                if isinstance(closed, Err):
                    return closed
        return Ok(None)

    async def _close(self, run: RunView, verdict: Verdict) -> Result[None, str]:
        """What the streamer was asked was answered at Twitch: the run looks there, and ends."""
        settlement = _settlement(run, verdict)
        if settlement is None or _points(run) is None:
            return Ok(None)
        settled = await self._sagas.settle(run.id, settlement)
        if isinstance(settled, Err):
            return Err(settled.error.detail) if isinstance(settled.error, StorageFailed) else Ok(None)
        if settled.value.status not in NEEDS_YOU:
            self._note(f"{run.summary}. It was {_BECAME[verdict]}.")
        return Ok(None)


def _settlement(run: RunView, verdict: Verdict) -> Settlement | None:
    """What leads the run to look at Twitch and end; None when no points hang on it any more.

    A refund of what was fulfilled finds that there is none to make; that ends what has failed already, and what was
    stopped and cannot be read, which would only be stopped again if it was retried.
    """
    if run.fulfilled_at is not None:
        return None
    went_well = verdict == "fulfilled" and (run.status == "outcome_unknown" or run.only_fulfilling_failed)
    wanted: tuple[Settlement, ...] = ("fulfil" if went_well else "refund", "refund" if run.stopped else "retry")
    return next((each for each in wanted if each in run.offers), None)


def _points(run: RunView) -> Points | None:
    params = run.params
    return params.points if isinstance(params, SongRequestParams | RaffleParams | RaffleWinParams) else None
