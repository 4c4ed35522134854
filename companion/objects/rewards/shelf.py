"""Our rewards as they are kept: in memory, every change on disk first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from companion.kernel.instant import Clock
from companion.objects.rewards import rules
from companion.objects.rewards.managed import Channel, Managed, managed_of, row_of
from companion.objects.rewards.tables import RewardRow
from companion.ports.rewards import RewardUse
from companion.ports.transaction import Transaction
from companion.runtime.stored_settings import read_settings, write_settings
from companion.runtime.transactions import Transactions, session_of

USES: Final[tuple[RewardUse, ...]] = ("song_request", "raffle")
_CHANNEL: Final = "rewards_channel"


class Shelf:
    """One reward for each of `USES`, in that order, and the channel that they are in.

    `channel_id` says whose channel it is now, None while nobody is signed in. What writes raises `StorageFailure`, and
    has changed nothing then.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        clock: Clock,
        channel_id: Callable[[], str | None],
        logger: logging.Logger,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._channel_id = channel_id
        self._logger = logger
        self._channel = Channel()
        self._rewards: dict[RewardUse, Managed] = {use: Managed(use, rules.DEFAULTS[use]) for use in USES}

    def load_in(self, tx: Transaction) -> None:
        """Read what is stored."""
        session = session_of(tx)
        self._channel = read_settings(session, _CHANNEL, Channel, Channel(), self._clock.now())
        for row in session.query(RewardRow):
            if row.use in self._rewards:
                managed = managed_of(row)
                self._rewards[managed.use] = managed

    def __iter__(self) -> Iterator[Managed]:
        return iter(tuple(self._rewards.values()))

    def __getitem__(self, use: RewardUse) -> Managed:
        return self._rewards[use]

    def others(self, use: RewardUse) -> list[Managed]:
        """All but the one for this use."""
        return [each for each in self._rewards.values() if each.use != use]

    def has(self, reward_id: str) -> bool:
        """Whether one of ours stands at Twitch under this id, as far as we know."""
        return any(each.reward_id == reward_id for each in self._rewards.values())

    def had(self, reward_id: str) -> bool:
        """Whether one of ours stood in this channel under this id, and was found deleted."""
        return any(reward_id in each.past_ids for each in self._rewards.values())

    def use_of(self, reward_id: str) -> RewardUse | None:
        """What a reward of ours is, or was, for; None for one of somebody else's making."""
        for each in self._rewards.values():
            if reward_id == each.reward_id or reward_id in each.past_ids:
                return each.use
        return None

    def ids(self) -> Mapping[str, RewardUse]:
        """Every reward of ours whose redemptions may still be open, with what it is for."""
        found = {each.reward_id: each.use for each in self._rewards.values() if each.reward_id is not None}
        return found | {old: each.use for each in self._rewards.values() for old in each.past_ids}

    def concerns_twitch(self) -> bool:
        """Whether Twitch has to be asked at all: one of them is in use, or they are in another channel than ours."""
        kept = any(each.in_use for each in self._rewards.values())
        return kept or (self._channel != Channel() and self._moved() is not None)

    def keep(self, each: Managed) -> None:
        """Replace the one for this use."""
        with self._transactions.begin() as tx:
            session_of(tx).merge(row_of(each))
        self._rewards[each.use] = each

    def follow_channel(self) -> None:
        """Somebody else signed in: the rewards of before stand in a channel that is out of reach, unharmed.

        Nothing is made in the new one before somebody asks for it. What stands there from earlier is found again.
        """
        channel = self._moved()
        if channel is None:
            return
        left: list[Managed] = []
        if self._channel != Channel():
            self._logger.info("another channel: its rewards are its own")
            left = [each.left_behind() for each in self._rewards.values() if each.in_use]
        with self._transactions.begin() as tx:
            write_settings(tx.session, _CHANNEL, Channel, channel)
            for each in left:
                tx.session.merge(row_of(each))
        self._channel = channel
        self._rewards |= {each.use: each for each in left}

    def _moved(self) -> Channel | None:
        """The channel of now, when it is another than the rewards'. Signed out is none: the same may sign in again."""
        now = Channel(self._channel_id())
        return None if now in (Channel(), self._channel) else now
