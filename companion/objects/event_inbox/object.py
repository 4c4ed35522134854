"""`EventInbox`: stores what Twitch tells before anything is done about it, then has it handled, exactly once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.objects.event_inbox import shelf
from companion.objects.event_inbox.lanes import Lanes
from companion.objects.event_inbox.rules import KEEP, LONGEST, retry_at
from companion.ports.failures import StorageFailed
from companion.ports.inbox import InboxLetter, NoSuchLetter
from companion.ports.rewards import Redemption
from companion.ports.transaction import Transaction
from companion.ports.twitch import ChatMessage, Notification, RedemptionAdded
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.transactions import StorageFailure, session_of

DUE_ALARM = "due"
PURGE_ALARM = "purge"
REST = 60.0
"""Seconds until another try when the database could not be read or written."""
AT_ONCE = 50
"""Notifications that one transaction takes in: it stays below the time the loop can spare."""
TIME_LIMIT = 60.0
"""Seconds that the work on one notification may take: a lane must not stand still for ever."""
MOST_UNSTORED = 10_000
"""More than these are not kept in memory while nothing can be stored: then the oldest lines of chat go first."""


class Intake(Protocol):
    """Who knows what a notification means."""

    def take_in(self, tx: Transaction, notification: Notification) -> bool:
        """What is to be written at once, as part of `tx`; True when `work` is needed after the commit."""
        ...

    def is_ours(self, redemption: Redemption) -> bool:
        """Whether this redemption is of a reward that Companion keeps."""
        ...

    def lane(self, notification: Notification) -> str:
        """Notifications of one lane are worked on one after the other."""
        ...

    async def work(self, notification: Notification, received_at: Instant) -> Result[None, str]:
        """What takes time or the network. Runs at least once; the error is for a passing reason only."""
        ...


class EventInbox(DurableObject):
    """Implements `ports.inbox.InboxPort`; `take` is for the receiver of EventSub, `take_missed` for catching up."""

    name = "event-inbox"

    def __init__(self, *, runtime: Runtime, intake: Intake, supervisor: TaskSupervisor, logger: logging.Logger) -> None:
        super().__init__(runtime)
        self._intake = intake
        self._logger = logger
        self._lanes = Lanes(supervisor=supervisor, work=self._work)
        self._unstored: list[Notification] = []
        self.stored_total = 0
        self.repeated_total = 0

    def start(self) -> None:
        """Go on with what an earlier run left."""
        try:
            self._purge()
        except StorageFailure:
            self.remind(PURGE_ALARM, REST)
        self._resume()

    async def on_alarm(self, name: str) -> None:
        """`due`: something is to be tried again. `purge`: a day has passed."""
        if name == PURGE_ALARM:
            self._purge()
        else:
            self._resume()

    def take(self, notifications: Sequence[Notification]) -> None:
        """Store, then handle. What cannot be stored now is kept in memory for `catch_up`."""
        for start in range(0, len(notifications), AT_ONCE):
            self._take_some(notifications[start : start + AT_ONCE])

    def take_missed(self, redemptions: Sequence[Redemption], at: Instant) -> int:
        """Redemptions found at Twitch that no notification told of; the answer is how many were new."""
        with self.transactions.begin() as tx:
            known = shelf.known_redemptions(session_of(tx), [each.id for each in redemptions])
        new = [each for each in redemptions if each.id not in known]
        self.take([RedemptionAdded(f"redemption:{each.id}", at, each) for each in new])
        return len(new)

    def catch_up(self) -> None:
        """The database can be written again: store what came meanwhile, in order."""
        waiting, self._unstored = self._unstored, []
        self.take(waiting)
        self._resume()

    # For a person

    def dead_letters(self, *, limit: int = 100) -> Sequence[InboxLetter]:
        """See `ports.inbox`."""
        with self.transactions.begin() as tx:
            return shelf.dead_letters(session_of(tx), limit=limit)

    @storage_to_result
    async def replay(self, message_id: str) -> Result[None, NoSuchLetter | StorageFailed]:
        """See `ports.inbox`."""
        with self.transactions.begin() as tx:
            if not shelf.revive(session_of(tx), message_id, self.clock.now()):
                return Err(NoSuchLetter(message_id))
        self._resume()
        return Ok(None)

    @storage_to_result
    async def discard(self, message_id: str) -> Result[None, NoSuchLetter | StorageFailed]:
        """See `ports.inbox`."""
        with self.transactions.begin() as tx:
            if not shelf.discard(session_of(tx), message_id):
                return Err(NoSuchLetter(message_id))
        return Ok(None)

    # Inside

    def _take_some(self, notifications: Sequence[Notification]) -> None:
        """Stored and handled in one transaction: no effect leaves before its commit. When that breaks, one by one."""
        now = self.clock.now()
        try:
            with self.transactions.begin() as tx:
                new = self._store(tx, notifications, now)
                later = self._take_in(tx, new)
        except StorageFailure as failure:
            self._keep(notifications, failure)
            return
        except Exception as bug:  # whatever broke, it must harm itself alone
            self._logger.error("one of %d notifications broke its handling", len(notifications), exc_info=bug)
            self._take_apart(notifications, now)
            return
        self._count(notifications, new)
        self._put(later, now)

    def _take_apart(self, notifications: Sequence[Notification], now: Instant) -> None:
        """Store first, so that nothing can be lost to what breaks; then handle each by itself."""
        for each in notifications:
            try:
                with self.transactions.begin() as tx:
                    new = self._store(tx, (each,), now)
            except StorageFailure as failure:
                self._keep((each,), failure)
                continue
            except Exception as bug:  # not even to be written down: there is nothing to try again with
                self._logger.error("a notification cannot be stored, it is left out", exc_info=bug)
                continue
            self._count((each,), new)
            self._handle([(one, now) for one in new])

    def _keep(self, notifications: Sequence[Notification], failure: StorageFailure) -> None:
        self._logger.error("%d notifications could not be stored yet: %s", len(notifications), failure.detail)
        self._unstored.extend(notifications)
        if (surplus := len(self._unstored) - MOST_UNSTORED) > 0:
            chat = [place for place, each in enumerate(self._unstored) if isinstance(each, ChatMessage)]
            oldest = set(chat[:surplus])
            self._unstored = [each for place, each in enumerate(self._unstored) if place not in oldest]

    def _count(self, notifications: Sequence[Notification], new: Sequence[Notification]) -> None:
        self.stored_total += len(new)
        self.repeated_total += len(notifications) - len(new)

    def _store(self, tx: Transaction, notifications: Sequence[Notification], now: Instant) -> Sequence[Notification]:
        """The ones that were not known before, in order. Redemptions of ours are known by their own id as well."""
        session = session_of(tx)
        known = shelf.known_messages(session, [each.message_id for each in notifications])
        redeemed = [each.redemption.id for each in notifications if isinstance(each, RedemptionAdded)]
        redemptions = shelf.known_redemptions(session, redeemed)
        received: list[shelf.Received] = []
        ours: list[str] = []
        for each in notifications:
            if each.message_id in known:
                continue
            known.add(each.message_id)
            repeats = isinstance(each, RedemptionAdded) and each.redemption.id in redemptions
            if isinstance(each, RedemptionAdded) and not repeats and self._intake.is_ours(each.redemption):
                redemptions.add(each.redemption.id)
                ours.append(each.redemption.id)
            received.append(shelf.Received(each, repeats))
        shelf.remember_redemptions(session, ours, now)
        shelf.store(session, received, now)
        return [each.notification for each in received if not each.repeats]

    def _handle(self, received: Sequence[tuple[Notification, Instant]]) -> None:
        """Each in a transaction of its own, so that a poisonous one harms itself alone."""
        for notification, at in received:
            try:
                with self.transactions.begin() as tx:
                    later = self._take_in(tx, (notification,))
            except StorageFailure:
                self.remind(DUE_ALARM, REST)
                return
            except Exception as bug:  # whatever broke, the notification is stored and must not be lost
                self._logger.error("a notification broke its handling", exc_info=bug)
                self._failed(notification.message_id, f"broke: {type(bug).__name__}")
                continue
            self._put(later, at)

    def _take_in(self, tx: Transaction, notifications: Sequence[Notification]) -> Sequence[Notification]:
        """Those that need work after the commit; the others are done with it."""
        later = [each for each in notifications if self._intake.take_in(tx, each)]
        waiting = {each.message_id for each in later}
        shelf.mark_done(session_of(tx), [each.message_id for each in notifications if each.message_id not in waiting])
        return later

    def _put(self, later: Sequence[Notification], received_at: Instant) -> None:
        for notification in later:
            self._lanes.put(self._intake.lane(notification), notification, received_at)

    async def _work(self, notification: Notification, received_at: Instant) -> None:
        try:
            async with asyncio.timeout(TIME_LIMIT):
                result = await self._intake.work(notification, received_at)
        except StorageFailure as failure:
            result = Err(failure.detail)
        except TimeoutError:
            result = Err(f"took longer than {TIME_LIMIT:g} s")
        except Exception as bug:  # a handler's bug must become a dead letter, not a standstill
            self._logger.error("a notification broke its handling", exc_info=bug)
            result = Err(f"broke: {type(bug).__name__}")
        if isinstance(result, Err):
            self._failed(notification.message_id, result.error)
            return
        try:
            with self.transactions.begin() as tx:
                shelf.mark_done(session_of(tx), (notification.message_id,))
        except StorageFailure:
            self.remind(DUE_ALARM, REST)

    def _failed(self, message_id: str, error: str) -> None:
        try:
            with self.transactions.begin() as tx:
                attempts = shelf.attempts_of(session_of(tx), message_id) + 1
                again = retry_at(attempts, self.clock.now())
                shelf.mark_failed(session_of(tx), message_id, attempts=attempts, error=error, due=again)
                self._arm(tx, besides=[busy for busy in self._lanes.busy if busy != message_id])
        except StorageFailure:
            self.remind(DUE_ALARM, REST)
            return
        if again is None:
            self._logger.error("a notification could not be handled and is a dead letter: %s", error)

    def _resume(self) -> None:
        """Handle what is due, one page at a time; the alarm rings for the rest, at once for the next page.

        The alarm may ring by the monotonic clock: then what it was set for is due, whatever the wall says.
        """
        horizon = max(self.clock.now(), self.alarm_due(DUE_ALARM) or self.clock.now())
        try:
            with self.transactions.begin() as tx:
                due = shelf.due(
                    session_of(tx),
                    horizon,
                    patience=self.clock.now() + LONGEST,
                    limit=AT_ONCE,
                    besides=self._lanes.busy,
                )
                self._arm(tx, besides=[*self._lanes.busy, *(found.message_id for found in due)])
        except StorageFailure:
            self.remind(DUE_ALARM, REST)
            return
        for found in due:
            if isinstance(found.read, Err):
                self._failed(found.message_id, f"not understood: {found.read.error}")
        self._handle([(found.read.value, found.received_at) for found in due if isinstance(found.read, Ok)])

    def _arm(self, tx: Transaction, *, besides: Sequence[str]) -> None:
        earliest = shelf.earliest_due(session_of(tx), besides=besides)
        if earliest is None:
            self.cancel_alarm(tx, DUE_ALARM)
        else:
            # Later than any attempt waits: the clock was set back since, and the time has come long ago.
            now = self.clock.now()
            self.set_alarm(tx, DUE_ALARM, earliest if earliest <= now + LONGEST else now)

    def _purge(self) -> None:
        now = self.clock.now()
        with self.transactions.begin() as tx:
            shelf.purge(session_of(tx), now - KEEP)
            self.set_alarm(tx, PURGE_ALARM, now + KEEP)
