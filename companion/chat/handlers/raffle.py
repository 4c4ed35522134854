"""!raffle, !roll, !raffleboard: the keyboard raffle in chat."""

from __future__ import annotations

import logging
from collections.abc import Callable

from companion.chat import wording
from companion.chat.handlers.handler import SILENT, Answer, Call, say
from companion.chat.handlers.requests import StartSaga
from companion.kernel.result import Err
from companion.ports.failures import StorageFailed
from companion.ports.raffle import BadRaffleSettings, KeyboardRafflePort
from companion.ports.rewards import RewardsPort
from companion.ports.saga_params import RAFFLE, RaffleParams

PLACES = 5


class RaffleHandlers:
    """`by_command` says whether the raffle may be rolled from chat; it is asked at each call."""

    def __init__(
        self,
        *,
        raffle: KeyboardRafflePort,
        rewards: RewardsPort,
        start: StartSaga,
        by_command: Callable[[], bool],
        logger: logging.Logger,
    ) -> None:
        self._raffle = raffle
        self._rewards = rewards
        self._start = start
        self._by_command = by_command
        self._logger = logger

    async def raffle(self, call: Call) -> Answer:
        """Whether it is open, what there is to win, and how."""
        view = self._raffle.view()
        how = self._how()
        if view.epoch is None or view.epoch.state != "open" or how is None:
            return say("the raffle is closed just now.")
        prize = wording.clean(view.settings.prize, 80)
        return say(f"the raffle is open: {how} and meet the number from 1 to {view.epoch.range:,} to win {prize}.")

    async def roll(self, call: Call) -> Answer:
        """Roll without points, where that is on. The run itself answers in chat."""
        if not self._by_command():
            how = self._how()
            return say("the raffle is closed just now." if how is None else f"to roll, {how}.")
        params = RaffleParams(viewer=call.viewer, redeemed_at=call.message.sent_at, points=None, reply_to=call.chat_id)
        started = self._start(RAFFLE, call.chat_id, params)
        if isinstance(started, Err):
            if isinstance(started.error, StorageFailed):
                return Err(started.error)
            self._logger.warning("the roll of chat message %s was begun with other input before", call.chat_id)
        return SILENT

    async def raffleboard(self, call: Call) -> Answer:
        """Who has won most."""
        board = await self._raffle.get_leaderboard("wins", limit=PLACES)
        if isinstance(board, Err):
            match board.error:
                case StorageFailed():
                    return Err(board.error)
                case BadRaffleSettings(detail):
                    raise AssertionError(f"a limit of {PLACES} was refused: {detail}")
        if not board.value:
            return say("nobody has rolled yet.")
        rows = "; ".join(
            f"{place}. {wording.name_of(row.viewer)} with {wording.counted(row.wins, 'win', 'wins')} "
            f"in {wording.counted(row.rolls, 'roll', 'rolls')}"
            for place, row in enumerate(board.value, start=1)
        )
        return say(f"raffle board: {rows}.")

    def _how(self) -> str | None:
        if self._by_command():
            return "type !roll"
        for managed in self._rewards.view().rewards:
            reward = managed.reward
            if managed.use == "raffle" and managed.switched_on and reward is not None and not reward.is_paused:
                return f"redeem “{wording.clean(reward.title, 45)}”"
        return None
