"""The EventSub WebSocket session as a state machine without I/O.

Inputs are method calls, each with the present `Moment`; each returns commands to carry out in order. While the
machine is enabled, `deadline` always names a moment at which `tick` is wanted, so it can never hang.

Rules: dev.twitch.tv/docs/eventsub/handling-websocket-events. A session that Twitch asks to move is moved with
overlap: the old socket is read until the new one has its welcome, and the subscriptions move along. Any other
end of a connection means a fresh session, every subscription anew, and a gap to report. A session without a
subscription is deaf, and never called connected.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TypeAlias
from urllib.parse import urlsplit

from companion.kernel.instant import Instant, seconds
from companion.kernel.result import Err, Ok
from companion.ports.twitch import EventSubPhase, EventSubStatus
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_book import SubscriptionBook
from companion.services.twitch.eventsub_commands import (
    Command,
    Deliver,
    Moment,
    NotSubscribed,
    Outcome,
    ReportGap,
    ReportRevoked,
    Subscribe,
)
from companion.services.twitch.eventsub_ledger import GapLedger, SeenMessages
from companion.services.twitch.eventsub_sockets import SocketTable
from companion.services.twitch.eventsub_wire import (
    Frame,
    Keepalive,
    MalformedFrame,
    Notified,
    Reconnect,
    Revoked,
    UnknownKind,
    Welcome,
    read_frame,
)
from companion.services.twitch.subscriptions import SubscriptionRequest

Commands: TypeAlias = tuple[Command, ...]


@dataclass(slots=True)
class _Handover:
    """A reconnect under way. `successor` is None between two tries; `old_died` once the old socket is gone."""

    url: str
    until: float
    retry_at: float
    successor: int | None = None
    old_died: bool = False


class EventSubSession:
    """One signed-in account's EventSub connection, through all its sessions. `requests`: 1..300 different ones."""

    def __init__(
        self,
        *,
        url: str,
        requests: Sequence[SubscriptionRequest],
        random: Random,
        logger: logging.Logger,
        at: Moment,
    ) -> None:
        _check(requests)
        self._url = url
        self._random = random
        self._logger = logger
        self._book = SubscriptionBook(requests, random)
        self._seen = SeenMessages()
        self._gap = GapLedger(at)
        self._out: list[Command] = []
        self._enabled = False
        self._sockets = SocketTable()
        self._current: int | None = None
        self._handover: _Handover | None = None
        self._session_id: str | None = None
        self._own_sessions: frozenset[str] = frozenset()
        self._lineage = 0
        self._keepalive = limits.KEEPALIVE_DEFAULT
        self._last_frame_at = at.mono
        self._last_life: Instant | None = None
        self._connected_since: float | None = None
        self._deaf_since: float | None = None
        self._failures = 0
        self._retry_at: float | None = None
        self._retry_wall: Instant | None = None
        self._reason: str | None = None
        self._phase: EventSubPhase = "off"
        self._phase_since: Instant | None = None
        self._clock_offset: timedelta | None = None
        self.malformed_frames = 0

    # ---- inputs

    def enable(self, at: Moment) -> Commands:
        """Connect, and stay connected."""
        if not self._enabled:
            self._enabled, self._failures, self._reason = True, 0, None
            self._retry_at, self._retry_wall = at.mono, at.wall
        return self._finish(at)

    def disable(self, at: Moment, reason: str | None) -> Commands:
        """Close everything and stay away. A gap opens; the next connection reports it."""
        if self._enabled:
            self._drop(at, reason or "the connection was switched off")
            self._enabled, self._retry_at = False, None
            self._sockets.draw_line()
        self._reason = reason
        return self._finish(at)

    def reconnect_now(self, at: Moment) -> Commands:
        """Throw away whatever stands or is waited for, and connect afresh at once."""
        if self._enabled:
            self._drop(at, "a fresh connection was asked for")
            self._failures, self._retry_at, self._retry_wall = 0, at.mono, at.wall
        return self._finish(at)

    def set_requests(self, requests: Sequence[SubscriptionRequest], at: Moment) -> Commands:
        """The login may be told of other things now. What is new joins the present session.

        What is no longer wanted ends with the session: a fresh one begins at once, so that nothing comes that the
        person has withdrawn.
        """
        _check(requests)
        if self._book.replace(requests, at) and self._enabled and self._session_id is not None:
            self._drop(at, "fewer events may be read now")
            self._failures, self._retry_at, self._retry_wall = 0, at.mono, at.wall
        return self._finish(at)

    def opened(self, socket: int, at: Moment) -> Commands:
        """The handshake of this socket is done; what counts is the welcome that follows."""
        self._logger.debug("eventsub: socket %d is open", socket)
        return self._finish(at)

    def closed(self, socket: int, code: int | None, at: Moment, detail: str = "") -> Commands:
        """This socket is gone, or could not be opened. `code` None: no close frame; `detail` holds no address."""
        if self._sockets.ended(socket):
            reason = limits.close_reason(code, detail)
            handover = self._handover
            if handover is not None and socket == handover.successor:
                self._successor_failed(handover, at, reason, final=code == limits.INVALID_RECONNECT_URL)
            elif handover is not None and handover.successor is not None:
                handover.old_died, self._current = True, None
                self._gap.begin(self._last_life, f"during a move to another server, {reason}")
            else:
                self._lost(at, reason)
        return self._finish(at)

    def frame(self, socket: int, data: str | bytes, at: Moment) -> Commands:
        """A data frame came in on this socket; one that is being closed may still bring notifications."""
        if self._enabled and self._sockets.is_of_this_login(socket):
            match read_frame(data):
                case Ok(frame):
                    self._read(socket, frame, at)
                case Err(malformed):
                    self._not_understood(malformed, at)
            if socket == self._current:
                self._last_frame_at, self._last_life = at.mono, at.wall
        return self._finish(at)

    def touch(self, at: Moment) -> Commands:
        """Reading is held up on our side: silence says nothing about the connection."""
        self._last_frame_at = at.mono
        return self._finish(at)

    def tick(self, at: Moment) -> Commands:
        """Time passed. Early or needless calls do no harm."""
        return self._finish(at)

    def subscribed(self, command: Subscribe, outcome: Outcome, at: Moment) -> Commands:
        """The answer to a `Subscribe`; one that a newer session has overtaken is ignored."""
        if command.lineage == self._lineage and self._session_id is not None:
            moved = self._handover is not None or command.session_id != self._session_id
            if moved and isinstance(outcome, NotSubscribed):
                self._book.ask_again(command.request, at)
            else:
                self._settle_one(command.request, outcome, at)
        return self._finish(at)

    # ---- what can be read

    @property
    def deadline(self) -> float | None:
        """The monotonic moment at which `tick` is wanted; None only while disabled with every socket closed."""
        return min([*self._sockets.overdue_at, *self._deadlines()], default=None)

    def status(self) -> EventSubStatus:
        """For the connection strip."""
        return EventSubStatus(
            phase=self._phase,
            reason=None if self._phase == "connected" else self._reason,
            since=self._phase_since,
            retry_at=self._retry_wall if self._phase == "waiting" else None,
            subscriptions=self._book.active if self._phase == "connected" else (),
            failed_subscriptions=self._book.failed,
            clock_offset=self._clock_offset,
            last_gap=self._gap.last,
        )

    # ---- frames

    def _read(self, socket: int, frame: Frame, at: Moment) -> None:
        match frame:
            case Welcome():
                self._welcome(socket, frame, at)
            case Keepalive():
                pass
            case Reconnect(url):
                self._asked_to_move(socket, url, at)
            case Notified(message_id, subscription_type, notification):
                if self._seen.is_new(message_id):
                    if notification is not None:
                        self._out.append(Deliver(notification))
                    else:
                        self._logger.info("eventsub: nobody reads %s", subscription_type)
            case Revoked(message_id, subscription_type, condition, status):
                if self._seen.is_new(message_id):
                    self._logger.warning("eventsub: Twitch withdrew %s (%s)", subscription_type, status)
                    self._book.revoke(subscription_type, condition.items(), status, at)
                    self._out.append(ReportRevoked(subscription_type, status))
            case UnknownKind(message_type):
                self._logger.info("eventsub: unknown message type %.40r ignored", message_type)

    def _not_understood(self, malformed: MalformedFrame, at: Moment) -> None:
        self.malformed_frames += 1
        self._logger.warning("eventsub: frame not understood (%s)", malformed.where)
        if malformed.was_notification:
            self._gap.doubt(self._last_life or at.wall)

    def _welcome(self, socket: int, frame: Welcome, at: Moment) -> None:
        handover = self._handover
        if handover is not None and socket == handover.successor:
            if self._current is not None:
                self._out += self._sockets.close(self._current, at)
            self._handover = None
            self._own_sessions |= {frame.session_id}
            if handover.old_died:
                # Whether the subscriptions moved along is not certain: ask for each; an existing one is as good.
                self._lineage += 1
                self._book.verify(at)
            self._logger.info("eventsub: moved to another server")
        elif socket == self._current and self._session_id is None:
            self._own_sessions = frozenset({frame.session_id})
            self._lineage += 1
            self._deaf_since = None
            self._book.reset(at)
        else:
            return
        self._current, self._session_id = socket, frame.session_id
        self._keepalive = frame.keepalive or self._keepalive
        self._clock_offset = at.wall - frame.sent_at
        self._last_frame_at = at.mono

    def _asked_to_move(self, socket: int, url: str, at: Moment) -> None:
        if socket != self._current or self._session_id is None or self._handover is not None:
            return
        if _scheme(url) != _scheme(self._url):
            self._logger.warning("eventsub: reconnect address of another scheme ignored")
            return
        self._handover = _Handover(url, at.mono + limits.HANDOVER_LIMIT, at.mono)

    # ---- ends and beginnings

    def _successor_failed(self, handover: _Handover, at: Moment, reason: str, *, final: bool) -> None:
        handover.successor = None
        if final or handover.old_died:
            self._lost(at, reason)
        else:
            self._logger.info("eventsub: moving failed, trying again (%s)", reason)
            handover.retry_at = at.mono + limits.HANDOVER_PAUSE

    def _lost(self, at: Moment, reason: str) -> None:
        if self._connected_since is not None and at.mono - self._connected_since >= limits.STABLE_AFTER:
            self._failures = 0
        self._drop(at, reason)
        self._failures += 1
        delay = limits.BACKOFF.delay(self._failures, self._random)
        self._retry_at, self._retry_wall = at.mono + delay, at.wall + seconds(delay)
        self._reason = reason
        self._logger.info("eventsub: connection lost (%s), next try in %.1f s", reason, delay)

    def _drop(self, at: Moment, reason: str) -> None:
        self._gap.begin(self._last_life, reason)
        self._out += self._sockets.close_all(at)
        self._current = self._handover = self._session_id = None
        self._connected_since = self._deaf_since = None
        self._lineage += 1

    def _open(self, url: str, at: Moment) -> int:
        command = self._sockets.open(url, at)
        self._out.append(command)
        return command.socket

    # ---- after every input

    def _finish(self, at: Moment) -> Commands:
        self._sockets.forget_overdue(at)
        if self._enabled:
            self._expire(at)
            self._open_wanted(at)
            self._subscribe_due(at)
            self._settle(at)
        phase = self._present_phase()
        if phase != self._phase:
            self._phase, self._phase_since = phase, at.wall
        out, self._out = tuple(self._out), []
        return out

    def _expire(self, at: Moment) -> None:
        """End whatever has waited longer than it may."""
        if self._handover is not None:
            self._expire_handover(self._handover, at)
        elif self._current is not None:
            if self._session_id is None:
                if at.mono >= self._sockets.welcome_due(self._current):
                    self._lost(at, "Twitch did not answer in time")
            elif _due(self._last_frame_at, self._keepalive * limits.KEEPALIVE_GRACE, at):
                self._lost(at, "Twitch fell silent")
            elif self._book.all_refused:
                self._lost(at, "Twitch refused every subscription")
            elif _due(self._deaf_since, limits.DEAF_LIMIT, at):
                self._lost(at, "no subscription could be made")

    def _expire_handover(self, handover: _Handover, at: Moment) -> None:
        if at.mono >= handover.until:
            self._lost(at, limits.close_reason(4004, ""))
        elif handover.successor is not None and at.mono >= self._sockets.welcome_due(handover.successor):
            self._out += self._sockets.close(handover.successor, at)
            self._successor_failed(handover, at, "the new server did not answer", final=False)

    def _open_wanted(self, at: Moment) -> None:
        if not self._sockets.has_room:
            return
        if self._handover is not None:
            if self._handover.successor is None and at.mono >= self._handover.retry_at:
                self._handover.successor = self._open(self._handover.url, at)
        elif self._current is None and self._retry_at is not None and at.mono >= self._retry_at:
            self._retry_at = None
            self._current = self._open(self._url, at)

    def _subscribe_due(self, at: Moment) -> None:
        if self._session_id is None or self._handover is not None:
            return
        for request in self._book.take_due(at):
            self._out.append(Subscribe(request, self._session_id, self._own_sessions, self._lineage))

    def _settle_one(self, request: SubscriptionRequest, outcome: Outcome, at: Moment) -> None:
        late = self._book.settle(request, outcome, at)
        if late is not None:
            self._gap.begin(late.since, f"{request.type} was not subscribed for a while")
        if isinstance(outcome, NotSubscribed):
            self._reason = outcome.why
            self._logger.warning("eventsub: %s not subscribed (%s)", request.type, outcome.why)

    def _settle(self, at: Moment) -> None:
        """Once the session hears again: it is connected, and what was missed can be told."""
        if self._session_id is None or self._handover is not None:
            return
        if not self._book.active:
            self._connected_since = None
            self._deaf_since = at.mono if self._deaf_since is None else self._deaf_since
            return
        self._deaf_since = None
        self._connected_since = at.mono if self._connected_since is None else self._connected_since
        self._gap.begin_doubted(at)
        if self._gap.is_open and self._book.first_round_over:
            self._book.mark_late(self._gap.since)
            self._out.append(ReportGap(self._gap.report(at.wall)))

    def _present_phase(self) -> EventSubPhase:
        if not self._enabled:
            return "off"
        if self._session_id is not None and self._current is not None and self._book.active:
            return "connected"
        return "waiting" if self._retry_at is not None else "connecting"

    def _deadlines(self) -> list[float]:
        room = self._sockets.has_room
        if not self._enabled:
            return []
        handover = self._handover
        if handover is not None:
            if handover.successor is not None:
                return [handover.until, self._sockets.welcome_due(handover.successor)]
            return [handover.until, handover.retry_at] if room else [handover.until]
        if self._current is None:
            return [self._retry_at] if self._retry_at is not None and room else []
        if self._session_id is None:
            return [self._sockets.welcome_due(self._current)]
        found = [self._last_frame_at + self._keepalive * limits.KEEPALIVE_GRACE]
        found += [] if self._deaf_since is None else [self._deaf_since + limits.DEAF_LIMIT]
        found += [] if self._book.next_due is None else [self._book.next_due]
        found += [] if self._gap.doubt_due is None or not self._book.active else [self._gap.doubt_due]
        return found


def _check(requests: Sequence[SubscriptionRequest]) -> None:
    if not 0 < len(set(requests)) == len(requests) <= limits.MOST_SUBSCRIPTIONS:
        raise AssertionError("Twitch closes a session without a subscription, and takes each once, 300 in all")


def _scheme(url: str) -> str | None:
    try:
        return urlsplit(url).scheme
    except ValueError:  # half an IPv6 address
        return None


def _due(since: float | None, limit: float, at: Moment) -> bool:
    return since is not None and at.mono >= since + limit
