"""`KeyboardRaffle`: verifiable rolls, in epochs whose seed is committed to before and revealed after."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.keyboard_raffle import audit, book, epochs, proof, reads
from companion.objects.keyboard_raffle.herald import Again, Doubtful, Herald, NoChat, Posted, Task, Told, interrupted
from companion.objects.keyboard_raffle.settings import NAME, problem_of, read, write
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.ports.chat import ChatVoice
from companion.ports.events import DomainEvent, RaffleEpochChanged, StreamSessionEnded, StreamWentOnline
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

POST_ALARM: Final = "post"
SIGHT_ALARM: Final = "sight"
SIGHT: Final = timedelta(seconds=10)
"""So long EventSub may take to show us our own commitment; then the time of Twitch's answer has to do."""
PATIENCE: Final = timedelta(minutes=2)
"""So long a redemption waits for a commitment that cannot be posted."""
_REMEMBERED: Final = 32


class KeyboardRaffle(DurableObject):
    """One epoch at a time. See `ports.raffle` for what each side asks of it.

    **When the commitment was public.** What counts is Twitch's timestamp of the chat message, since redemptions carry
    Twitch's time too. It comes over EventSub (`commitment_seen`), usually within a second; until then the epoch stays
    `opening` and redemptions wait. If it does not come within `SIGHT`, the time of Twitch's answer is taken, and the
    verifier says so; should EventSub tell of the message later, the later of both counts from then on.

    **Without chat.** A commitment that cannot be sent is tried again; a redemption waits for it `PATIENCE` and is then
    refunded (not while everything is on hold: then it waits on). Where chat is not permitted at all, and after
    `epochs.MOST_DOUBTS` commitments in doubt, the commitment stands on the page and in the window instead, and the
    verifier says that as well.

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
        self._channel_id = channel_id
        self._session_id = session_id
        self._wanted = wanted
        self._known_as = known_as
        self._wake = wake
        self._seeds = seeds
        self._twitch_time = twitch_time
        self._proof_template = proof_template
        self._logger = logger
        self._on_change = on_change
        self._held = False
        self._own_messages: OrderedDict[str, Instant] = OrderedDict()
        self._herald = Herald(
            transactions=runtime.transactions,
            voice=voice,
            clock=runtime.clock,
            logger=logger,
            pause=lambda session: epochs.pause_before_posting(session, self._twitch_now()),
            take=self._told,
        )
        self._view = _picture(None, RaffleSettings(), (), None)

    # Life

    def load(self) -> None:
        """Read the stored state; settle what an earlier run left in doubt; close what is too old or lost its seed."""
        now = self.clock.now()
        with self.transactions.begin() as tx:
            for doubtful in interrupted(tx.session):
                self._told(tx, doubtful, "commitment" if doubtful.state == "opening" else "reveal", Doubtful())
            row = self._running_in(tx)
            if row is not None and row.seed is None:
                self._logger.warning("the seed of raffle %d was lost with a restored backup: it is closed", row.number)
                self._close_in(tx, row, "seed_lost")
            elif row is not None and self._twitch_now() - row.made_at >= epochs.LONGEST:
                self._close_in(tx, row, "too_old")
            self._make_if_needed_in(tx)
            self.set_alarm(tx, POST_ALARM, now)
            self._refresh_after(tx)

    async def on_alarm(self, name: str) -> None:
        """`post`: lines are due in chat. `sight`: EventSub did not show our commitment in time."""
        if name == POST_ALARM:
            async with self.gate:
                await self._herald.send_due()
        elif name == SIGHT_ALARM:
            with self.transactions.begin() as tx:
                row = epochs.running(tx.session)
                if row is not None and row.state == "opening" and row.post == "posted":
                    self._open_in(tx, row, row.answered_at or self._twitch_now())

    async def on_event(self, event: DomainEvent) -> Result[None, str]:
        """A durable receiver for the bus: opens when the stream goes live, closes when its session is over."""
        if not isinstance(event, StreamWentOnline | StreamSessionEnded):
            return Ok(None)
        with self.transactions.begin() as tx:
            if not outbox.claim_receipt(tx.session, self.name, event.event_id, self.clock.now()):
                return Ok(None)
            row = epochs.running(tx.session)
            if isinstance(event, StreamWentOnline):
                self._make_if_needed_in(tx)
            elif row is not None:
                self._close_in(tx, row, "session_ended")
            self._refresh_after(tx)
        return Ok(None)

    @storage_to_result
    async def take_leave(self) -> Result[None, StorageFailed]:
        """At the stop no alarm comes any more: the seed of an epoch that ended with its session is told now."""
        async with self.gate:
            await self._herald.send_due(only="reveal")
        return Ok(None)

    @storage_to_result
    async def open(self) -> Result[None, StorageFailed]:
        """Open an epoch now, unless one runs: for when the raffle is switched on while the stream is live."""
        with self.transactions.begin() as tx:
            if self._running_in(tx) is None:
                self._make_in(tx)
                self._refresh_after(tx)
        return Ok(None)

    # What chat tells

    def commitment_seen_in(self, tx: Transaction, chat_id: str, sent_at: Instant) -> None:
        """Call for every chat message of ours that EventSub shows; other messages than a commitment change nothing."""
        session = session_of(tx)
        row = session.scalars(select(RaffleEpochRow).where(RaffleEpochRow.chat_id == chat_id)).one_or_none()
        if row is None:
            if self._herald.posting is not None:  # it may be the one whose id Helix is about to tell
                self._own_messages[chat_id] = sent_at
                while len(self._own_messages) > _REMEMBERED:
                    self._own_messages.popitem(last=False)
            return
        if row.seen_at is not None:
            return
        row.seen_at = sent_at
        if row.state == "opening":
            self._open_in(tx, row, sent_at)
        elif row.state == "open" and row.committed_at is not None:
            row.committed_at = max(row.committed_at, sent_at)
        self._refresh_after(tx)

    @storage_to_result
    async def commitment_seen(self, chat_id: str, sent_at: Instant) -> Result[None, StorageFailed]:
        """The same in a transaction of its own."""
        with self.transactions.begin() as tx:
            self.commitment_seen_in(tx, chat_id, sent_at)
        return Ok(None)

    # What the saga of a roll asks: see `ports.raffle.RaffleRolls`

    def settings(self) -> RaffleSettings:
        return self._view.settings

    def admit_in(self, tx: Transaction, wish: Wish, *, asked_at: Instant) -> Admission:
        session, now = session_of(tx), self.clock.now()
        if book.decision(session, wish.redemption_id) is not None:
            return Admitted()
        if self._view.settings.live_only and self._session_id() is None:
            return NotAdmitted("offline")
        row = self._running_in(tx)
        if row is None:
            last = epochs.newest(session)
            if last is not None and last.closed_at is not None and wish.redeemed_at <= last.closed_at:
                return NotAdmitted("closed")
            row = self._make_in(tx)
            self._refresh_after(tx)
        if row is not None and row.state == "open" and row.committed_at is not None:
            return Admitted() if wish.redeemed_at > row.committed_at else NotAdmitted("too_early")
        until = asked_at + PATIENCE
        if now >= until:
            if not self._held:
                return NotAdmitted("no_commitment")
            until = now + PATIENCE
        epochs.wait_for(session, wish.redemption_id, now)
        return WaitForEpoch(until)

    def record_roll_in(self, tx: Transaction, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
        session = session_of(tx)
        recorded = book.roll(session, wish, session_id=self._session_id(), at=self.clock.now())
        row = epochs.running(session)
        if isinstance(recorded, Ok) and row is not None and row.head == recorded.value.chain:
            self._add_after(tx, row, recorded.value)
        return recorded

    def take_back_in(self, tx: Transaction, redemption_id: str, reason: str) -> None:
        book.take_back(session_of(tx), redemption_id, reason, self.clock.now())
        self._refresh_after(tx)

    def refuse_in(self, tx: Transaction, wish: Wish, reason: str) -> None:
        row = epochs.newest(session_of(tx))
        if row is None:
            self._logger.warning("a redemption was refunded before the raffle ever had an epoch to note it in")
            return
        book.refuse(session_of(tx), row, wish, reason, self.clock.now())
        self._add_after(tx, row, None)

    @storage_to_result
    async def record_roll(self, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict | StorageFailed]:
        """`record_roll_in` in a transaction of its own."""
        with self.transactions.begin() as tx:
            return self.record_roll_in(tx, wish)

    # What window, chat and scripts ask: see `ports.raffle.KeyboardRafflePort`

    def view(self) -> RaffleView:
        return self._view

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
                self._close_in(tx, row, "new_range")
                self._make_in(tx)
            self._refresh_after(tx)
        return Ok(settings)

    # Inside

    def _renamed(self, row: LeaderboardRow) -> LeaderboardRow:
        """The row under the viewer's newest name: the chain keeps the one of then."""
        viewer = self._known_as(row.viewer.user_id)
        return row if viewer is None else replace(row, viewer=viewer)

    def _running_in(self, tx: Transaction) -> RaffleEpochRow | None:
        """The epoch that runs. One of another channel is closed: nobody here has seen its commitment."""
        row, channel_id = epochs.running(session_of(tx)), self._channel_id()
        if row is None or channel_id is None or row.channel_id == channel_id:
            return row
        self._logger.info("raffle %d was opened in another channel: it is closed", row.number)
        self._close_in(tx, row, "other_channel")
        self._refresh_after(tx)
        return None

    def _twitch_now(self) -> Instant:
        """By the clock that stamps redemptions."""
        return self._twitch_time(self.clock.now())

    def _make_in(self, tx: Transaction) -> RaffleEpochRow | None:
        channel_id, now, session = self._channel_id(), self.clock.now(), session_of(tx)
        if channel_id is None:
            return None
        range_, made_at = read(session, now).range, self._twitch_now()
        in_chat = epochs.doubts(session) < epochs.MOST_DOUBTS
        row = epochs.make(session, seed=self._seeds(), range_=range_, channel_id=channel_id, at=made_at)
        self._held = False
        if in_chat:
            self.set_alarm(tx, POST_ALARM, now)
        else:
            self._logger.warning("chat answers nothing: the commitment of raffle %d is shown on the page", row.number)
            self._open_in(tx, row, made_at)
        return row

    def _make_if_needed_in(self, tx: Transaction) -> None:
        session = session_of(tx)
        if self._running_in(tx) is None and (self._wanted() or epochs.anybody_waits(session)):
            self._make_in(tx)

    def _open_in(self, tx: Transaction, row: RaffleEpochRow, committed_at: Instant) -> None:
        self.cancel_alarm(tx, SIGHT_ALARM)
        self.bus.add(tx, epochs.open_up(row, committed_at))
        self._wake_in(tx)
        self._refresh_after(tx)

    def _close_in(self, tx: Transaction, row: RaffleEpochRow, because: epochs.ClosedBecause) -> None:
        told = epochs.close(row, because, self._twitch_now())
        self._publish(tx, told)
        self.set_alarm(tx, POST_ALARM, self.clock.now())
        self._wake_in(tx)

    def _told(self, tx: Transaction, row: RaffleEpochRow, task: Task, told: Told) -> None:
        """What became of a line in chat."""
        now = self._twitch_now()
        if task == "commitment" and row.state != "opening":  # it was closed while its commitment was on its way
            if isinstance(told, Posted):
                row.chat_id, row.answered_at = told.sent.message_id, told.sent.sent_at
        elif isinstance(told, Again):
            row.post, self._held = "pending", told.held
            self.set_alarm(tx, POST_ALARM, told.at)
        elif task == "reveal":
            self._publish(tx, epochs.reveal(row, now))
        elif isinstance(told, Posted):
            self._posted_in(tx, row, told)
        elif isinstance(told, NoChat):
            self._open_in(tx, row, now)
        else:
            self._logger.warning("it is not certain that the commitment of raffle %d stands in chat", row.number)
            self._publish(tx, epochs.close(row, "uncertain", now))  # nobody is woken: who waits, waits for the next one
            self._make_if_needed_in(tx)
        self._refresh_after(tx)

    def _posted_in(self, tx: Transaction, row: RaffleEpochRow, posted: Posted) -> None:
        row.post, row.chat_id, row.answered_at = "posted", posted.sent.message_id, posted.sent.sent_at
        seen_at = self._own_messages.pop(row.chat_id, None)
        self._own_messages.clear()
        if seen_at is None:
            self.set_alarm(tx, SIGHT_ALARM, self.clock.now() + SIGHT)
            return
        row.seen_at = seen_at
        self._open_in(tx, row, seen_at)

    def _publish(self, tx: Transaction, event: RaffleEpochChanged | None) -> None:
        if event is not None:
            self.bus.add(tx, event)

    def _wake_in(self, tx: Transaction) -> None:
        epochs.wake_waiting(session_of(tx), lambda run_id: self._wake(tx, run_id))

    def _refresh_after(self, tx: Transaction) -> None:
        """Have the picture in memory follow the commit."""
        session = session_of(tx)
        session.flush()
        row = epochs.running(session) or epochs.newest(session)
        view = _picture(row, read(session, self.clock.now()), reads.recent(session), reads.record(session))
        tx.after_commit(lambda: self._took(view))

    def _add_after(self, tx: Transaction, row: RaffleEpochRow, roll: Roll | None) -> None:
        """The same for one more entry, without reading everything again."""
        epoch = reads.epoch_view(row)

        def add() -> None:
            view = replace(self._view, epoch=epoch)
            if roll is not None and roll not in view.recent:  # the newest one again is nothing new
                record = roll if roll.new_record else view.record
                view = replace(view, recent=(roll, *view.recent)[: reads.RECENT], record=record)
            self._took(view)

        tx.after_commit(add)

    def _took(self, view: RaffleView) -> None:
        if view != self._view:
            self._view = view
            self._on_change()


def _picture(
    row: RaffleEpochRow | None, settings: RaffleSettings, recent: tuple[Roll, ...], record: Roll | None
) -> RaffleView:
    return RaffleView(
        epoch=None if row is None else reads.epoch_view(row),
        settings=settings,
        recent=recent,
        record=record,
        wins_per_hundred=100 / settings.range,
    )
