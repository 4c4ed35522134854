"""A `KeyboardRaffle` on a real database, with a chat that tests command."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path

from companion.kernel.instant import Instant
from companion.kernel.result import Ok, Result, expect_ok
from companion.objects.keyboard_raffle.object import KeyboardRaffle
from companion.ports.events import DomainEvent, RaffleEpochChanged, StreamSessionEnded, StreamWentOnline
from companion.ports.raffle import Admission, EpochView, IdempotencyConflict, NotAdmitted, Roll, Wish
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer
from tests.fakes.chat import FakeVoice
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig, Rigs

TEMPLATE = Path(__file__).parents[4] / "resources" / "raffle" / "proof.html"
LOGGER = logging.getLogger("companion.test")
ANN = Viewer("2", "ann", "Ann")
BEN = Viewer("3", "ben", "Ben")


def after(span: float) -> Instant:
    """So many seconds after `START`."""
    return START + timedelta(seconds=span)


class Stage:
    """The chat lasts; `restart` gives a new object on the same file. Seeds are told from a counter."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.path = folder / "companion.db"
        self.clock = clock
        self.voice = FakeVoice(clock)
        self.fast = timedelta(0)
        """So far this machine's clock is ahead of Twitch's."""
        self.channel_id: str | None = "900100"
        self.switched_on = True
        self.live = False
        self.session: str | None = "session-1"
        self.names: dict[str, Viewer] = {}
        self.events: list[DomainEvent] = []
        self.woken: list[str] = []
        self.changes = 0
        self.seeds: list[bytes] = []
        self._rigs = Rigs(self.path, clock)
        self.make()

    def make(self) -> None:
        self.rig: Rig = self._rigs()
        self.rig.bus.receive("test", self._receive)
        self.raffle = KeyboardRaffle(
            runtime=self.rig.runtime,
            voice=self.voice,
            channel_id=lambda: self.channel_id,
            session_id=lambda: self.session,
            wanted=lambda: self.switched_on and self.live,
            known_as=self.names.get,
            wake=self._wake,
            seeds=self._seed,
            twitch_time=lambda local: local - self.fast,
            proof_template=TEMPLATE,
            logger=LOGGER,
            on_change=self._changed,
        )
        self.furnish()
        self.raffle.load()
        self.rig.start()

    def furnish(self) -> None:
        """What else stands on this stage, made anew at each start."""

    async def _receive(self, event: DomainEvent) -> Result[None, str]:
        self.events.append(event)
        return Ok(None)

    def _wake(self, tx: Transaction, run_id: str) -> None:
        tx.after_commit(lambda: self.woken.append(run_id))

    def _seed(self) -> bytes:
        self.seeds.append(hashlib.sha256(f"seed {len(self.seeds)}".encode()).digest())
        return self.seeds[-1]

    def _changed(self) -> None:
        self.changes += 1

    # ---- what happens

    async def open(self, *, sight: bool = True) -> None:
        """The commitment stands in chat, and EventSub shows it a second later."""
        await self.rig.pass_time(0)
        self.clock.advance(1)
        if sight:
            await self.see()
        assert not sight or self.epoch.state == "open"

    async def see(self, at: Instant | None = None) -> None:
        """EventSub shows our newest message."""
        expect_ok(await self.raffle.commitment_seen(f"said-{len(self.voice.said)}", at or self.clock.now()))
        await self.rig.pass_time(0)

    async def online(self, name: str = "A") -> None:
        self.live = True
        await self.tell(
            StreamWentOnline(
                event_id=f"online-{name}",
                at=self.clock.now(),
                session_id=name,
                stream_id=name,
                started_at=self.clock.now(),
                resumed=False,
            )
        )

    async def end(self, name: str = "A") -> None:
        self.live = False
        now = self.clock.now()
        await self.tell(
            StreamSessionEnded(
                event_id=f"end-{name}", at=now, session_id=name, started_at=START, ended_at=now, peak_viewer_count=1
            )
        )

    async def tell(self, event: DomainEvent) -> None:
        expect_ok(await self.raffle.on_event(event))
        await self.rig.pass_time(0)

    def wish(self, redemption_id: str = "r-1", viewer: Viewer = ANN, at: Instant | None = None) -> Wish:
        """Redeemed now, a second after the commitment at the earliest."""
        return Wish(redemption_id, viewer, at or self.clock.now() + timedelta(seconds=1))

    def roll(self, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
        with self.rig.transactions.begin() as tx:
            return self.raffle.record_roll_in(tx, wish)

    def roll_and_fail(self, wish: Wish) -> None:
        """The transaction of the roll is rolled back after the draw."""
        with self.rig.transactions.begin() as tx:
            roll = expect_ok(self.raffle.record_roll_in(tx, wish))
            self.lost = (roll.roll, roll.winning, roll.entry)
            raise LookupError

    def rolled(self, wish: Wish) -> Roll:
        return expect_ok(self.roll(wish))

    def admit(self, wish: Wish, asked_at: Instant | None = None) -> Admission:
        with self.rig.transactions.begin() as tx:
            return self.raffle.admit_in(tx, wish, asked_at=asked_at or self.clock.now())

    def take_back(self, redemption_id: str) -> None:
        with self.rig.transactions.begin() as tx:
            self.raffle.take_back_in(tx, redemption_id, "failed")

    def refuse(self, wish: Wish, reason: str = "too_early") -> None:
        with self.rig.transactions.begin() as tx:
            self.raffle.refuse_in(tx, wish, reason)

    async def restart(self) -> None:
        """Killed, and started again."""
        await self.rig.crash()
        self.make()
        await self.rig.pass_time(0)

    async def close(self) -> None:
        await self._rigs.close()

    @property
    def epoch(self) -> EpochView:
        epoch = self.raffle.view().epoch
        assert epoch is not None
        return epoch

    @property
    def told(self) -> list[tuple[int, str | None]]:
        """Epoch and seed of every event of an epoch."""
        return [(event.epoch, event.seed) for event in self.events if isinstance(event, RaffleEpochChanged)]
