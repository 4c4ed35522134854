"""The event bus: delivers what the outbox holds, at least once and in order, to each receiver on its own.

A receiver that fails is tried again after 1, 4 and 16 s; then the event is a dead letter and the next one
goes on. A kill at any line leads to a redelivery, which the receiver's receipt makes harmless. A receiver that only
writes rows may join the transaction that marks its deliveries: then it takes several events with one commit.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from companion.kernel.instant import Clock, seconds
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.events import DomainEvent
from companion.ports.transaction import Transaction
from companion.runtime import outbox
from companion.runtime.alarms import Alarms
from companion.runtime.event_codec import decode_event, encode_event
from companion.runtime.transactions import StorageFailure, Transactions, session_of

RETRY_DELAYS = (1.0, 4.0, 16.0)
TIME_LIMIT = 30.0
"""Seconds one receiver may take for one event."""
AFTER_STORAGE_FAILED = 60.0
"""Seconds that deliveries rest when the database could not be read or written."""
TOGETHER = 8
"""Events that a joining receiver takes in one transaction: it stays below the time the loop can spare."""
_OWNER = "event-bus"

Receiver: TypeAlias = Callable[[DomainEvent], Awaitable[Result[None, str]]]
JoiningReceiver: TypeAlias = Callable[[Transaction, DomainEvent], None]
Listener: TypeAlias = Callable[[DomainEvent], None]


class EventBus:
    """Takes events inside a transaction, delivers them after its commit."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        alarms: Alarms,
        clock: Clock,
        supervisor: TaskSupervisor,
        logger: logging.Logger,
    ) -> None:
        self._transactions = transactions
        self._alarms = alarms
        self._clock = clock
        self._supervisor = supervisor
        self._logger = logger
        self._receivers: dict[str, Receiver] = {}
        self._joining: dict[str, tuple[JoiningReceiver, frozenset[str]]] = {}
        self._kinds: dict[str, frozenset[str] | None] = {}
        self._listeners: list[Listener] = []
        self._working: set[str] = set()
        self._started = False
        alarms.register(_OWNER, self._on_alarm)

    def receive(self, name: str, receiver: Receiver, *, kinds: frozenset[str] | None = None) -> None:
        """Add a durable receiver; `name` stays the same over all versions. Before `start`.

        `kinds`: the events it wants, None for all. What nobody wants costs no delivery.
        """
        self._receivers[name] = receiver
        self._kinds[name] = kinds

    def receive_in(
        self, name: str, receiver: JoiningReceiver, *, kinds: frozenset[str] | None = None, together: frozenset[str]
    ) -> None:
        """Add a durable receiver that only writes rows, in the transaction it is handed; see `receive`.

        Events of the kinds `together` may share one: they must bear that nothing of the others has been committed.
        """

        async def receive_alone(event: DomainEvent) -> Result[None, str]:
            with self._transactions.begin() as tx:
                receiver(tx, event)
            return Ok(None)

        self._joining[name] = (receiver, together)
        self.receive(name, receive_alone, kinds=kinds)

    def listen(self, listener: Listener) -> None:
        """Be told of each new event right after its commit, without redelivery (window, log)."""
        self._listeners.append(listener)

    def add(self, tx: Transaction, event: DomainEvent) -> None:
        """Publish `event` as part of `tx`; an id that was published before is ignored."""
        now = self._clock.now()
        added = outbox.store(
            session_of(tx),
            event_id=event.event_id,
            kind=event.kind,
            payload=encode_event(event),
            at=event.at,
            receivers=self._who_wants(event.kind),
            due=now,
        )
        if added:
            tx.after_commit(lambda: self._announce(event))

    def start(self) -> None:
        """Redeliver what an earlier run left, forget what is too old."""
        self._started = True
        try:
            with self._transactions.begin() as tx:
                outbox.purge(session_of(tx), self._clock.now())
        except StorageFailure:
            self._logger.warning("old events stay for now: storage failed")
        self._wake_all()

    def recent(self, limit: int) -> Sequence[DomainEvent]:
        """The last events, newest first; undecodable ones are left out with a log line."""
        with self._transactions.begin() as tx:
            stored = outbox.newest(session_of(tx), limit=limit)
        events: list[DomainEvent] = []
        for item in stored:
            match decode_event(item.payload):
                case Ok(event):
                    events.append(event)
                case Err(why):
                    self._logger.warning("stored event %s not understood: %s", item.event_id, why)
        return events

    def dead_letters(self, *, limit: int = 100) -> Sequence[outbox.DeadLetter]:
        """What could not be delivered, newest first."""
        with self._transactions.begin() as tx:
            return outbox.dead_letters(session_of(tx), limit=limit)

    def replay(self, event_id: str, receiver: str) -> bool:
        """Try a dead letter again; False when there is none."""
        with self._transactions.begin() as tx:
            revived = outbox.revive(session_of(tx), event_id, receiver, due=self._clock.now())
        if revived:
            self._wake(receiver)
        return revived

    def discard(self, event_id: str, receiver: str) -> bool:
        """Delete a dead letter; False when there is none."""
        with self._transactions.begin() as tx:
            return outbox.discard(session_of(tx), event_id, receiver)

    def _who_wants(self, kind: str) -> tuple[str, ...]:
        wanted = self._kinds.items()
        return tuple(name for name, kinds in wanted if kinds is None or kind in kinds)

    def _announce(self, event: DomainEvent) -> None:
        for listener in self._listeners:
            listener(event)
        for receiver in self._who_wants(event.kind):
            self._wake(receiver)

    def _wake_all(self) -> None:
        for receiver in self._receivers:
            self._wake(receiver)

    def _wake(self, receiver: str) -> None:
        if not self._started or receiver in self._working or receiver not in self._receivers:
            return
        self._working.add(receiver)
        if self._supervisor.spawn(self._deliver_to(receiver), name=f"deliver to {receiver}") is None:
            self._working.discard(receiver)

    async def _on_alarm(self, name: str) -> None:
        self._wake(name)

    async def _deliver_to(self, receiver: str) -> None:
        taken: outbox.Delivery | None = None
        try:
            while self._take_together(receiver):
                await self._transactions.turn()
            while (delivery := self._next(receiver, taken)) is not None:
                problem = await self._hand_over(receiver, delivery)
                taken = delivery if problem is None else None
                if problem is not None:
                    self._not_taken(delivery, problem)
                await self._transactions.turn()
        except StorageFailure:
            self._logger.warning("deliveries to %s rest: storage failed", receiver)
            self._alarms.remind(_OWNER, receiver, AFTER_STORAGE_FAILED)
        finally:
            self._working.discard(receiver)

    def _take_together(self, receiver: str) -> bool:
        """Whether a joining receiver took some. It stops before one that breaks: that is delivered by itself."""
        if receiver not in self._joining:
            return False
        join, together = self._joining[receiver]
        taken: list[outbox.Delivery] = []
        try:
            with self._transactions.begin() as tx:
                for delivery in outbox.pending(session_of(tx), receiver, limit=TOGETHER):
                    decoded = decode_event(delivery.payload)
                    if isinstance(decoded, Err) or self._wait(delivery) > 0:
                        break
                    if taken and decoded.value.kind not in together:
                        break
                    join(tx, decoded.value)
                    taken.append(delivery)
                    if decoded.value.kind not in together:
                        break
                outbox.mark_done(session_of(tx), taken)
        except StorageFailure:
            raise
        except Exception as bug:  # one of them broke; each by itself, it harms itself alone
            self._logger.error("%s broke on one of %d events", receiver, len(taken) + 1, exc_info=bug)
            return False
        return bool(taken)

    def _next(self, receiver: str, taken: outbox.Delivery | None) -> outbox.Delivery | None:
        """In one transaction: mark what was just taken, and look for what comes next; None for nothing now."""
        with self._transactions.begin() as tx:
            if taken is not None:
                outbox.mark_done(session_of(tx), (taken,))
            delivery = next(iter(outbox.pending(session_of(tx), receiver, limit=1)), None)
            if delivery is None or self._wait(delivery) <= 0:
                return delivery
            self._alarms.set(tx, _OWNER, receiver, delivery.due)
        return None

    def _wait(self, delivery: outbox.Delivery) -> float:
        """Seconds until it is due; 0 for now."""
        wait = (delivery.due - self._clock.now()).total_seconds()
        # Longer than any retry waits: the clock was set back since, and the time has come long ago.
        return wait if 0 < wait <= RETRY_DELAYS[-1] else 0.0

    def _not_taken(self, delivery: outbox.Delivery, problem: str) -> None:
        with self._transactions.begin() as tx:
            retry_at = None
            if delivery.attempts < len(RETRY_DELAYS):
                retry_at = self._clock.now() + seconds(RETRY_DELAYS[delivery.attempts])
            outbox.mark_failed(session_of(tx), delivery, error=problem, retry_at=retry_at)
        self._logger.warning("%s did not take event %s: %s", delivery.receiver, delivery.event_id, problem)

    async def _hand_over(self, receiver: str, delivery: outbox.Delivery) -> str | None:
        match decode_event(delivery.payload):
            case Err(why):
                return f"not understood: {why}"
            case Ok(event):
                try:
                    async with asyncio.timeout(TIME_LIMIT):
                        result = await self._receivers[receiver](event)
                except TimeoutError:
                    return f"took longer than {TIME_LIMIT:g} s"
                except StorageFailure:
                    raise
                except Exception as bug:  # a receiver's bug must become a dead letter, not a standstill
                    self._logger.error("%s broke on event %s", receiver, delivery.event_id, exc_info=bug)
                    return f"broke: {type(bug).__name__}"
                return result.error if isinstance(result, Err) else None
