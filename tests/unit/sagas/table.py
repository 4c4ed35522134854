"""The raffle's stage with its sagas on the real host."""

from __future__ import annotations

import logging
from pathlib import Path

from companion.kernel.result import expect_ok
from companion.ports.events import RaffleRolled
from companion.ports.raffle import RaffleSettings
from companion.ports.rewards import RewardSpec
from companion.ports.saga_params import RAFFLE, Points, RaffleParams
from companion.ports.sagas import RunView
from companion.ports.transaction import Transaction
from companion.sagas.keyboard_raffle import KeyboardRaffleSaga
from companion.sagas.raffle_win import RaffleWin
from companion.sagas.settling import Settling
from tests.fakes.clock import FakeClock
from tests.fakes.rewards import FakeRewards
from tests.fakes.sagas import saga_host
from tests.unit.objects.keyboard_raffle.stage import ANN, Stage

LOGGER = logging.getLogger("companion.test")


class Table(Stage):
    """The stage with a reward at Twitch and the saga host. Twitch lasts."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.rewards = FakeRewards(clock)
        super().__init__(folder, clock)

    def furnish(self) -> None:
        self.host = saga_host(self.rig)
        saga = KeyboardRaffleSaga(
            raffle=self.raffle,
            settling=Settling(self.rewards),
            bus=self.rig.bus,
            voice=self.voice,
            sagas=self.host,
        )
        self.host.register(saga.definition())
        self.host.register(RaffleWin(settling=Settling(self.rewards), rewards=self.rewards).definition())

    def _wake(self, tx: Transaction, run_id: str) -> None:
        super()._wake(tx, run_id)
        self.host.wake_in(tx, run_id)

    async def begin(self) -> None:
        """Live, the raffle open, a reward made."""
        self.host.start()
        self.reward = expect_ok(await self.rewards.create_reward(RewardSpec("Roll", 100, "", False)))
        await self.online()
        await self.open()

    async def redeem(self) -> str:
        """A viewer redeems a second later; what follows has happened."""
        self.clock.advance(1)
        bought = self.rewards.redeem(self.reward.id, viewer=ANN)
        params = RaffleParams(ANN, bought.redeemed_at, Points(self.reward.id, bought.id))
        self.start(bought.id, params)
        await self.rig.pass_time(0)
        return bought.id

    def start(self, run_id: str, params: RaffleParams) -> None:
        with self.rig.transactions.begin() as tx:
            expect_ok(self.host.start_in(tx, RAFFLE, run_id, params))

    def status(self, run_id: str) -> str:
        run = self.host.get_run(run_id)
        assert run is not None
        return run.status

    @property
    def rolls(self) -> list[RaffleRolled]:
        return [event for event in self.events if isinstance(event, RaffleRolled)]

    @property
    def answers(self) -> list[str]:
        """What was said to viewers."""
        return [text for text in self.voice.said if not text.startswith("Raffle ")]


async def win(table: Table) -> RunView:
    """The first roll that met the number, with the run that asks what to do about it."""
    expect_ok(await table.raffle.set_settings(RaffleSettings(range=2, prize="a wave", win_stays_open=True)))
    await table.begin()
    while not table.host.needs_you():
        await table.redeem()
    (run,) = table.host.needs_you()
    return run
