"""What the streamer may do with the keyboard raffle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from companion.application.explain_actions import RaffleError, explain_raffle
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.raffle import KeyboardRafflePort, LeaderboardRow, LeaderboardSort, RaffleSettings, Verification

T = TypeVar("T")


class RaffleActions:
    """Errors come as messages. `changed` is called after what changes the picture."""

    def __init__(self, *, raffle: KeyboardRafflePort, changed: Callable[[], None]) -> None:
        self._raffle = raffle
        self._changed = changed

    async def leaderboard(self, sort: LeaderboardSort, *, limit: int) -> Result[Sequence[LeaderboardRow], Message]:
        """The viewers in this order."""
        return _read(await self._raffle.get_leaderboard(sort, limit=limit))

    async def verify(self) -> Result[Verification, Message]:
        """Recompute every roll of every revealed epoch."""
        return _read(await self._raffle.verify())

    async def proof(self, epoch: int) -> Result[str, Message]:
        """The page that recomputes an epoch in any browser, as HTML."""
        return _read(await self._raffle.export_proof(epoch))

    async def save_settings(self, settings: RaffleSettings) -> Result[RaffleSettings, Message]:
        """Replace the settings; another range closes the running epoch."""
        saved = await self._raffle.set_settings(settings)
        self._changed()
        return _read(saved)


def _read(result: Result[T, RaffleError]) -> Result[T, Message]:
    return result if isinstance(result, Ok) else Err(explain_raffle(result.error))
