"""What the sessions are told: the subscriptions asked for, the messages that come, and the gaps between. Pure.

A gap is open from the loss of a session until each subscription of the next one has been answered: only then may what
was missed be looked up, for nothing more will be.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from random import Random

from companion.kernel.instant import Instant
from companion.ports.twitch import Gap
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_book import SubscriptionBook
from companion.services.twitch.eventsub_commands import (
    Deliver,
    Moment,
    NotSubscribed,
    Outcome,
    Report,
    ReportGap,
    ReportRevoked,
    Subscribe,
)
from companion.services.twitch.eventsub_ledger import GapLedger, SeenMessages
from companion.services.twitch.eventsub_wire import MalformedFrame, Notified, Revoked
from companion.services.twitch.subscriptions import SubscriptionRequest


class Reception:
    """Outlives every session; is told when one begins, moves and ends. `requests`: 1..300 different ones."""

    def __init__(
        self, *, requests: Sequence[SubscriptionRequest], random: Random, logger: logging.Logger, at: Moment
    ) -> None:
        _check(requests)
        self._logger = logger
        self._book = SubscriptionBook(requests, random)
        self._seen = SeenMessages()
        self._gap = GapLedger(at)
        self._own_sessions: frozenset[str] = frozenset()
        self._lineage = 0
        self.malformed_frames = 0

    # ---- what can be read

    @property
    def active(self) -> tuple[str, ...]:
        """Types that Twitch delivers."""
        return self._book.active

    @property
    def failed(self) -> tuple[tuple[str, str], ...]:
        """(type, why) of what was refused or keeps failing."""
        return self._book.failed

    @property
    def all_refused(self) -> bool:
        """Whether nothing is left to hope for in this session."""
        return self._book.all_refused

    @property
    def last_gap(self) -> Gap | None:
        """The latest gap that was reported."""
        return self._gap.last

    @property
    def deadlines(self) -> list[float]:
        """When there is something to ask for or to report (monotonic seconds)."""
        found = [] if self._book.next_due is None else [self._book.next_due]
        found += [] if self._gap.doubt_due is None or not self._book.active else [self._gap.doubt_due]
        return found

    # ---- the life of a session

    def began(self, session_id: str, at: Moment) -> None:
        """A fresh session has its welcome: every subscription is to be made anew."""
        self._own_sessions = frozenset({session_id})
        self._lineage += 1
        self._book.reset(at)

    def moved(self, session_id: str, at: Moment, *, whole: bool) -> None:
        """The session goes on at another server. Not `whole`: its old socket was gone before the new one stood."""
        self._own_sessions |= {session_id}
        if not whole:
            # Whether the subscriptions moved along is not certain: ask for each; an existing one is as good.
            self._lineage += 1
            self._book.verify(at)

    def interrupted(self, last_life: Instant | None, reason: str) -> None:
        """The session goes on, but what came after `last_life` may be lost."""
        self._gap.begin(last_life, reason)

    def ended(self, last_life: Instant | None, reason: str) -> None:
        """The session is over, or the attempt at one: answers that are still to come say nothing any more."""
        self._gap.begin(last_life, reason)
        self._lineage += 1

    # ---- subscriptions

    def replace(self, requests: Sequence[SubscriptionRequest], at: Moment) -> bool:
        """Other things are wanted from now on. Whether anything is given up that the session may have."""
        _check(requests)
        return self._book.replace(requests, at)

    def take_due(self, session_id: str, at: Moment) -> tuple[Subscribe, ...]:
        """What has to be asked for now."""
        due = self._book.take_due(at)
        return tuple(Subscribe(request, session_id, self._own_sessions, self._lineage) for request in due)

    def is_current(self, command: Subscribe) -> bool:
        """Whether the answer to this command still says something: no newer session has overtaken it."""
        return command.lineage == self._lineage

    def ask_again(self, request: SubscriptionRequest, at: Moment) -> None:
        """The refusal was for a server that the session has left."""
        self._book.ask_again(request, at)

    def settle(self, request: SubscriptionRequest, outcome: Outcome, at: Moment) -> None:
        """Note how a request was answered."""
        late = self._book.settle(request, outcome, at)
        if late is not None:
            self._gap.begin(late.since, f"{request.type} was not subscribed for a while")
        if isinstance(outcome, NotSubscribed):
            self._logger.warning("eventsub: %s not subscribed (%s)", request.type, outcome.why)

    # ---- messages and gaps

    def take(self, message: Notified | Revoked, at: Moment) -> tuple[Report, ...]:
        """What the receiver is to be told of a message; nothing when it comes a second time."""
        if not self._seen.is_new(message.message_id):
            return ()
        if isinstance(message, Revoked):
            kind, status = message.subscription_type, message.status
            self._logger.warning("eventsub: Twitch withdrew %s (%s)", kind, status)
            self._book.revoke(kind, message.condition.items(), status, at)
            return (ReportRevoked(kind, status),)
        if message.notification is None:
            self._logger.info("eventsub: nobody reads %s", message.subscription_type)
            return ()
        return (Deliver(message.notification),)

    def not_understood(self, malformed: MalformedFrame, since: Instant) -> None:
        """A frame that cannot be read may have been a notification of something after `since`."""
        self.malformed_frames += 1
        self._logger.warning("eventsub: frame not understood (%s)", malformed.where)
        if malformed.was_notification:
            self._gap.doubt(since)

    def report_gap(self, at: Moment) -> tuple[ReportGap, ...]:
        """The open gap, if the session is whole again. To be called only while something is `active`."""
        self._gap.begin_doubted(at)
        if not self._gap.is_open or not self._book.first_round_over:
            return ()
        self._book.mark_late(self._gap.since)
        return (ReportGap(self._gap.report(at.wall)),)


def _check(requests: Sequence[SubscriptionRequest]) -> None:
    if not 0 < len(set(requests)) == len(requests) <= limits.MOST_SUBSCRIPTIONS:
        raise AssertionError("Twitch closes a session without a subscription, and takes each once, 300 in all")
