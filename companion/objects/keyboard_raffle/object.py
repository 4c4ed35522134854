"""`KeyboardRaffle`: verifiable rolls, in epochs whose seed is committed to before and revealed after."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.keyboard_raffle import audit, book, epochs, proof, reads
from companion.objects.keyboard_raffle.epoch_keeper import POST_ALARM, SIGHT_ALARM, EpochKeeper
from companion.objects.keyboard_raffle.picture import Picture
from companion.objects.keyboard_raffle.settings import NAME, problem_of, write
from companion.ports.chat import ChatVoice
from companion.ports.events import DomainEvent, StreamSessionEnded, StreamWentOnline
from companion.ports.failures import StorageFailed
from companion.ports.raffle import (
    Admission,
    Admitted,
    BadRaffleSettings,
    IdempotencyConflict,
    LeaderboardRow,
    LeaderboardSort,
    NotAdmitted,
    RaffleSettings,
    RaffleView,
    Roll,
    Verification,
    WaitForEpoch,
    Wish,
)
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer
from companion.runtime import outbox
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.transactions import session_of

PATIENCE: Final = timedelta(minutes=2)
"""So long a redemption waits for a commitment that cannot be posted."""


class KeyboardRaffle(DurableObject):
    """Admits redemptions, rolls them, and tells of it. See `ports.raffle` for what each side asks of it.

    Its epochs are kept going by an `EpochKeeper`: see there when a commitment was public, and what happens without
    chat. A redemption waits `PATIENCE` for a commitment that cannot be sent and is then refunded (not while everything
    is on hold: then it waits on).

    `wanted`: whether the raffle is switched on *and* the stream is live; asked at `load`, when the stream goes live and
    after a commitment in doubt. `known_as`: a viewer by id, under the newest name. `wake` is the saga host's `wake_in`.
    `seeds` gives 32 fresh random bytes a call. `twitch_time` gives what Twitch's clock showed at an instant of ours.
    """

    name = NAME

    def __init__(
        self,
        *,
        runtime: Runtime,
        voice: ChatVoice,
        channel_id: Callable[[], str | None],
        session_id: Callable[[], str | None],
        wanted: Callable[[], bool],
        known_as: Callable[[str], Viewer | None],
        wake: Callable[[Transaction, str], None],
        seeds: Callable[[], bytes],
        twitch_time: Callable[[Instant], Instant],
        proof_template: Path,
        logger: logging.Logger,
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(runtime)
        self._session_id = session_id
        self._known_as = known_as
        self._proof_template = proof_template
        self._logger = logger
        self._picture = Picture(clock=runtime.clock, on_change=on_change)
        self._keeper = EpochKeeper(
            runtime=runtime,
            voice=voice,
            channel_id=channel_id,
            wanted=wanted,
            wake=wake,
            seeds=seeds,
            twitch_time=twitch_time,
            logger=logger,
            changed=self._picture.refresh_after,
        )

    # Life

    def load(self) -> None:
        """Read the stored state; settle what an earlier run left in doubt; close what is too old or lost its seed."""
        with self.transactions.begin() as tx:
            self._keeper.settle_in(tx)
            self._picture.refresh_after(tx)

    async def on_alarm(self, name: str) -> None:
        """`post`: lines are due in chat. `sight`: EventSub did not show our commitment in time."""
        if name == POST_ALARM:
            async with self.gate:
                await self._keeper.send_due()
        elif name == SIGHT_ALARM:
            with self.transactions.begin() as tx:
                self._keeper.not_seen_in(tx)

    async def on_event(self, event: DomainEvent) -> Result[None, str]:
        """A durable receiver for the bus: opens when the stream goes live, closes when its session is over."""
        if not isinstance(event, StreamWentOnline | StreamSessionEnded):
            return Ok(None)
        with self.transactions.begin() as tx:
            if not outbox.claim_receipt(tx.session, self.name, event.event_id, self.clock.now()):
                return Ok(None)
            row = epochs.running(tx.session)
            if isinstance(event, StreamWentOnline):
                self._keeper.make_if_needed_in(tx)
            elif row is not None:
                self._keeper.close_in(tx, row, "session_ended")
            self._picture.refresh_after(tx)
        return Ok(None)

    @storage_to_result
    async def take_leave(self) -> Result[None, StorageFailed]:
        """At the stop no alarm comes any more: the seed of an epoch that ended with its session is told now."""
        async with self.gate:
            await self._keeper.send_due(only="reveal")
        return Ok(None)

    @storage_to_result
    async def open(self) -> Result[None, StorageFailed]:
        """Open an epoch now, unless one runs: for when the raffle is switched on while the stream is live."""
        with self.transactions.begin() as tx:
            if self._keeper.running_in(tx) is None:
                self._keeper.make_in(tx)
                self._picture.refresh_after(tx)
        return Ok(None)

    # What chat tells

    def commitment_seen_in(self, tx: Transaction, chat_id: str, sent_at: Instant) -> None:
        """Call for every chat message of ours that EventSub shows; other messages than a commitment change nothing."""
        self._keeper.commitment_seen_in(tx, chat_id, sent_at)

    @storage_to_result
    async def commitment_seen(self, chat_id: str, sent_at: Instant) -> Result[None, StorageFailed]:
        """The same in a transaction of its own."""
        with self.transactions.begin() as tx:
            self.commitment_seen_in(tx, chat_id, sent_at)
        return Ok(None)

    # What the saga of a roll asks: see `ports.raffle.RaffleRolls`

    def settings(self) -> RaffleSettings:
        return self._picture.view.settings

    def admit_in(self, tx: Transaction, wish: Wish, *, asked_at: Instant) -> Admission:
        session, now = session_of(tx), self.clock.now()
        if book.decision(session, wish.redemption_id) is not None:
            return Admitted()
        if self._picture.view.settings.live_only and self._session_id() is None:
            return NotAdmitted("offline")
        row = self._keeper.running_in(tx)
        if row is None:
            last = epochs.newest(session)
            if last is not None and last.closed_at is not None and wish.redeemed_at <= last.closed_at:
                return NotAdmitted("closed")
            row = self._keeper.make_in(tx)
            self._picture.refresh_after(tx)
        if row is not None and row.state == "open" and row.committed_at is not None:
            return Admitted() if wish.redeemed_at > row.committed_at else NotAdmitted("too_early")
        until = asked_at + PATIENCE
        if now >= until:
            if not self._keeper.held:
                return NotAdmitted("no_commitment")
            until = now + PATIENCE
        epochs.wait_for(session, wish.redemption_id, now)
        return WaitForEpoch(until)

    def record_roll_in(self, tx: Transaction, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
        session = session_of(tx)
        recorded = book.roll(session, wish, session_id=self._session_id(), at=self.clock.now())
        row = epochs.running(session)
        if isinstance(recorded, Ok) and row is not None and row.head == recorded.value.chain:
            self._picture.add_after(tx, row, recorded.value)
        return recorded

    def take_back_in(self, tx: Transaction, redemption_id: str, reason: str) -> None:
        book.take_back(session_of(tx), redemption_id, reason, self.clock.now())
        self._picture.refresh_after(tx)

    def refuse_in(self, tx: Transaction, wish: Wish, reason: str) -> None:
        row = epochs.newest(session_of(tx))
        if row is None:
            self._logger.warning("a redemption was refunded before the raffle ever had an epoch to note it in")
            return
        book.refuse(session_of(tx), row, wish, reason, self.clock.now())
        self._picture.add_after(tx, row, None)

    @storage_to_result
    async def record_roll(self, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict | StorageFailed]:
        """`record_roll_in` in a transaction of its own."""
        with self.transactions.begin() as tx:
            return self.record_roll_in(tx, wish)

    # What window, chat and scripts ask: see `ports.raffle.KeyboardRafflePort`

    def view(self) -> RaffleView:
        return self._picture.view

    @storage_to_result
    async def get_leaderboard(
        self, sort: LeaderboardSort = "wins", *, limit: int = 10
    ) -> Result[Sequence[LeaderboardRow], BadRaffleSettings | StorageFailed]:
        if not 1 <= limit <= 100:
            return Err(BadRaffleSettings("limit must be 1 to 100"))
        rows = await self.transactions.read_elsewhere(lambda s: reads.leaderboard(s, sort, limit))
        return Ok([self._renamed(row) for row in rows])

    @storage_to_result
    async def get_viewer(self, user_id: str) -> Result[LeaderboardRow | None, StorageFailed]:
        row = await self.transactions.read_elsewhere(lambda s: reads.viewer(s, user_id))
        return Ok(None if row is None else self._renamed(row))

    @storage_to_result
    async def verify(self, epoch: int | None = None) -> Result[Verification, StorageFailed]:
        return Ok(await self.transactions.read_elsewhere(lambda s: audit.verify(s, epoch)))

    @storage_to_result
    async def export_proof(self, epoch: int) -> Result[str, BadRaffleSettings | StorageFailed]:
        template = self._proof_template.read_text(encoding="utf-8")
        page = await self.transactions.read_elsewhere(lambda s: proof.page(s, epoch, template))
        return Err(BadRaffleSettings(f"raffle {epoch} is not revealed")) if page is None else Ok(page)

    @storage_to_result
    async def set_settings(self, settings: RaffleSettings) -> Result[RaffleSettings, BadRaffleSettings | StorageFailed]:
        problem = problem_of(settings)
        if problem is not None:
            return Err(problem)
        with self.transactions.begin() as tx:
            write(tx.session, settings)
            tx.session.flush()
            row = epochs.running(tx.session)
            if row is not None and row.number_range != settings.range:
                self._keeper.close_in(tx, row, "new_range")
                self._keeper.make_in(tx)
            self._picture.refresh_after(tx)
        return Ok(settings)

    # Inside

    def _renamed(self, row: LeaderboardRow) -> LeaderboardRow:
        """The row under the viewer's newest name: the chain keeps the one of then."""
        viewer = self._known_as(row.viewer.user_id)
        return row if viewer is None else replace(row, viewer=viewer)
