"""Keeps the raffle's epochs going: makes one, has its commitment posted, opens it, closes it, has its seed revealed."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from companion.kernel.instant import Instant
from companion.objects.keyboard_raffle import epochs
from companion.objects.keyboard_raffle.herald import Again, Doubtful, Herald, NoChat, Posted, Task, Told, interrupted
from companion.objects.keyboard_raffle.settings import NAME, read
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.ports.chat import ChatVoice
from companion.ports.events import RaffleEpochChanged
from companion.ports.transaction import Transaction
from companion.runtime.durable_object import Runtime
from companion.runtime.transactions import session_of

POST_ALARM: Final = "post"
"""Lines are due in chat: call `send_due`."""
SIGHT_ALARM: Final = "sight"
"""EventSub did not show our commitment in time: call `not_seen_in`."""
SIGHT: Final = timedelta(seconds=10)
"""So long EventSub may take to show us our own commitment; then the time of Twitch's answer has to do."""
_REMEMBERED: Final = 32


class EpochKeeper:
    """One epoch at a time; what is written about each stands in `epochs`. It sets the raffle's two alarms.

    **When the commitment was public.** What counts is Twitch's timestamp of the chat message, since redemptions carry
    Twitch's time too. It comes over EventSub (`commitment_seen_in`), usually within a second; until then the epoch
    stays `opening` and redemptions wait. If it does not come within `SIGHT`, the time of Twitch's answer is taken, and
    the verifier says so; should EventSub tell of the message later, the later of both counts from then on.

    **Without chat.** A commitment that cannot be sent is tried again. Where chat is not permitted at all, and after
    `epochs.MOST_DOUBTS` commitments in doubt, the commitment stands on the page and in the window instead, and the
    verifier says that as well.

    `wanted`: whether an epoch shall run although nobody waits for one. `wake` is called with each redemption that
    waits for an epoch, when one opens or closes. `seeds` gives 32 fresh random bytes a call. `twitch_time` gives what
    Twitch's clock showed at an instant of ours. `changed` is called in the transaction of what happens by itself (a
    commitment posted, seen or given up, an epoch opened); who calls for an epoch to be made or closed follows that up.
    """

    def __init__(
        self,
        *,
        runtime: Runtime,
        voice: ChatVoice,
        channel_id: Callable[[], str | None],
        wanted: Callable[[], bool],
        wake: Callable[[Transaction, str], None],
        seeds: Callable[[], bytes],
        twitch_time: Callable[[Instant], Instant],
        logger: logging.Logger,
        changed: Callable[[Transaction], None],
    ) -> None:
        self._alarms = runtime.alarms
        self._bus = runtime.bus
        self._clock = runtime.clock
        self._channel_id = channel_id
        self._wanted = wanted
        self._wake = wake
        self._seeds = seeds
        self._twitch_time = twitch_time
        self._logger = logger
        self._changed = changed
        self._own_messages: OrderedDict[str, Instant] = OrderedDict()
        self.held = False
        """The commitment is not posted because everything is on hold."""
        self._herald = Herald(
            transactions=runtime.transactions,
            voice=voice,
            clock=runtime.clock,
            logger=logger,
            pause=lambda session: epochs.pause_before_posting(session, self._twitch_now()),
            take=self._told,
        )

    def settle_in(self, tx: Transaction) -> None:
        """At the start: settle what an earlier run left in doubt; close what is too old or lost its seed."""
        now = self._clock.now()
        for doubtful in interrupted(session_of(tx)):
            self._told(tx, doubtful, "commitment" if doubtful.state == "opening" else "reveal", Doubtful())
        row = self.running_in(tx)
        if row is not None and row.seed is None:
            self._logger.warning("the seed of raffle %d was lost with a restored backup: it is closed", row.number)
            self.close_in(tx, row, "seed_lost")
        elif row is not None and self._twitch_now() - row.made_at >= epochs.LONGEST:
            self.close_in(tx, row, "too_old")
        self.make_if_needed_in(tx)
        self._alarms.set(tx, NAME, POST_ALARM, now)

    # One epoch after the other

    def running_in(self, tx: Transaction) -> RaffleEpochRow | None:
        """The epoch that runs. One of another channel is closed: nobody here has seen its commitment."""
        row, channel_id = epochs.running(session_of(tx)), self._channel_id()
        if row is None or channel_id is None or row.channel_id == channel_id:
            return row
        self._logger.info("raffle %d was opened in another channel: it is closed", row.number)
        self.close_in(tx, row, "other_channel")
        self._changed(tx)
        return None

    def make_in(self, tx: Transaction) -> RaffleEpochRow | None:
        """A new epoch, its commitment due in chat; none may run. None: nobody is signed in to Twitch."""
        channel_id, now, session = self._channel_id(), self._clock.now(), session_of(tx)
        if channel_id is None:
            return None
        range_, made_at = read(session, now).range, self._twitch_now()
        in_chat = epochs.doubts(session) < epochs.MOST_DOUBTS
        row = epochs.make(session, seed=self._seeds(), range_=range_, channel_id=channel_id, at=made_at)
        self.held = False
        if in_chat:
            self._alarms.set(tx, NAME, POST_ALARM, now)
        else:
            self._logger.warning("chat answers nothing: the commitment of raffle %d is shown on the page", row.number)
            self._open_in(tx, row, made_at)
        return row

    def make_if_needed_in(self, tx: Transaction) -> None:
        """A new epoch when none runs, and one is wanted or waited for."""
        session = session_of(tx)
        if self.running_in(tx) is None and (self._wanted() or epochs.anybody_waits(session)):
            self.make_in(tx)

    def close_in(self, tx: Transaction, row: RaffleEpochRow, because: epochs.ClosedBecause) -> None:
        """No more rolls in it. Its seed is revealed now, or due in chat."""
        told = epochs.close(row, because, self._twitch_now())
        self._publish(tx, told)
        self._alarms.set(tx, NAME, POST_ALARM, self._clock.now())
        self._wake_in(tx)

    def _open_in(self, tx: Transaction, row: RaffleEpochRow, committed_at: Instant) -> None:
        self._alarms.cancel(tx, NAME, SIGHT_ALARM)
        self._bus.add(tx, epochs.open_up(row, committed_at))
        self._wake_in(tx)
        self._changed(tx)

    def _publish(self, tx: Transaction, event: RaffleEpochChanged | None) -> None:
        if event is not None:
            self._bus.add(tx, event)

    def _wake_in(self, tx: Transaction) -> None:
        epochs.wake_waiting(session_of(tx), lambda run_id: self._wake(tx, run_id))

    def _twitch_now(self) -> Instant:
        """By the clock that stamps redemptions."""
        return self._twitch_time(self._clock.now())

    # What is said in chat, and what becomes of it

    async def send_due(self, *, only: Task | None = None) -> None:
        """Send the lines that are due in chat. Must not run twice at once; raises `StorageFailure`."""
        await self._herald.send_due(only=only)

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
        self._changed(tx)

    def not_seen_in(self, tx: Transaction) -> None:
        """EventSub did not show our commitment in time: open by the time of Twitch's answer."""
        row = epochs.running(session_of(tx))
        if row is not None and row.state == "opening" and row.post == "posted":
            self._open_in(tx, row, row.answered_at or self._twitch_now())

    def _told(self, tx: Transaction, row: RaffleEpochRow, task: Task, told: Told) -> None:
        """What became of a line in chat."""
        now = self._twitch_now()
        if task == "commitment" and row.state != "opening":  # it was closed while its commitment was on its way
            if isinstance(told, Posted):
                row.chat_id, row.answered_at = told.sent.message_id, told.sent.sent_at
        elif isinstance(told, Again):
            row.post, self.held = "pending", told.held
            self._alarms.set(tx, NAME, POST_ALARM, told.at)
        elif task == "reveal":
            self._publish(tx, epochs.reveal(row, now))
        elif isinstance(told, Posted):
            self._posted_in(tx, row, told)
        elif isinstance(told, NoChat):
            self._open_in(tx, row, now)
        else:
            self._logger.warning("it is not certain that the commitment of raffle %d stands in chat", row.number)
            self._publish(tx, epochs.close(row, "uncertain", now))  # nobody is woken: who waits, waits for the next one
            self.make_if_needed_in(tx)
        self._changed(tx)

    def _posted_in(self, tx: Transaction, row: RaffleEpochRow, posted: Posted) -> None:
        row.post, row.chat_id, row.answered_at = "posted", posted.sent.message_id, posted.sent.sent_at
        seen_at = self._own_messages.pop(row.chat_id, None)
        self._own_messages.clear()
        if seen_at is None:
            self._alarms.set(tx, NAME, SIGHT_ALARM, self._clock.now() + SIGHT)
            return
        row.seen_at = seen_at
        self._open_in(tx, row, seen_at)
