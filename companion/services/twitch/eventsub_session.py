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
from datetime import timedelta
from random import Random
from typing import TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok
from companion.ports.twitch import EventSubPhase, EventSubStatus
from companion.services.twitch import eventsub_limits as limits
from companion.services.twitch.eventsub_attempts import Attempts
from companion.services.twitch.eventsub_commands import Command, Moment, NotSubscribed, Outcome, Subscribe
from companion.services.twitch.eventsub_handover import Handover, same_scheme
from companion.services.twitch.eventsub_liveness import Liveness
from companion.services.twitch.eventsub_reception import Reception
from companion.services.twitch.eventsub_sockets import SocketTable
from companion.services.twitch.eventsub_wire import (
    Frame,
    Keepalive,
    Notified,
    Reconnect,
    Revoked,
    UnknownKind,
    Welcome,
    read_frame,
)
from companion.services.twitch.subscriptions import SubscriptionRequest

Commands: TypeAlias = tuple[Command, ...]


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
        self._url = url
        self._logger = logger
        self._reception = Reception(requests=requests, random=random, logger=logger, at=at)
        self._attempts = Attempts(random)
        self._liveness = Liveness(at)
        self._sockets = SocketTable()
        self._out: list[Command] = []
        self._enabled = False
        self._current: int | None = None
        self._handover: Handover | None = None
        self._session_id: str | None = None
        self._reason: str | None = None
        self._phase: EventSubPhase = "off"
        self._phase_since: Instant | None = None
        self._clock_offset: timedelta | None = None

    # ---- inputs

    def enable(self, at: Moment) -> Commands:
        """Connect, and stay connected."""
        if not self._enabled:
            self._enabled, self._reason = True, None
            self._attempts.at_once(at)
        return self._finish(at)

    def disable(self, at: Moment, reason: str | None) -> Commands:
        """Close everything and stay away. A gap opens; the next connection reports it."""
        if self._enabled:
            self._drop(at, reason or "the connection was switched off")
            self._enabled = False
            self._attempts.cancel()
            self._sockets.draw_line()
        self._reason = reason
        return self._finish(at)

    def reconnect_now(self, at: Moment) -> Commands:
        """Throw away whatever stands or is waited for, and connect afresh at once."""
        if self._enabled:
            self._drop(at, "a fresh connection was asked for")
            self._attempts.at_once(at)
        return self._finish(at)

    def set_requests(self, requests: Sequence[SubscriptionRequest], at: Moment) -> Commands:
        """The login may be told of other things now. What is new joins the present session.

        What is no longer wanted ends with the session: a fresh one begins at once, so that nothing comes that the
        person has withdrawn.
        """
        if self._reception.replace(requests, at) and self._enabled and self._session_id is not None:
            self._drop(at, "fewer events may be read now")
            self._attempts.at_once(at)
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
                self._reception.interrupted(self._liveness.last_life, f"during a move to another server, {reason}")
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
                    self._reception.not_understood(malformed, self._liveness.last_life or at.wall)
            if socket == self._current:
                self._liveness.heard(at)
        return self._finish(at)

    def touch(self, at: Moment) -> Commands:
        """Reading is held up on our side: silence says nothing about the connection."""
        self._liveness.excuse(at)
        return self._finish(at)

    def tick(self, at: Moment) -> Commands:
        """Time passed. Early or needless calls do no harm."""
        return self._finish(at)

    def subscribed(self, command: Subscribe, outcome: Outcome, at: Moment) -> Commands:
        """The answer to a `Subscribe`; one that a newer session has overtaken is ignored."""
        if self._session_id is not None and self._reception.is_current(command):
            moved = self._handover is not None or command.session_id != self._session_id
            if moved and isinstance(outcome, NotSubscribed):
                self._reception.ask_again(command.request, at)
            else:
                self._reception.settle(command.request, outcome, at)
                if isinstance(outcome, NotSubscribed):
                    self._reason = outcome.why
        return self._finish(at)

    # ---- what can be read

    @property
    def deadline(self) -> float | None:
        """The monotonic moment at which `tick` is wanted; None only while disabled with every socket closed."""
        return min([*self._sockets.overdue_at, *self._deadlines()], default=None)

    @property
    def malformed_frames(self) -> int:
        """How many frames were not understood."""
        return self._reception.malformed_frames

    def status(self) -> EventSubStatus:
        """For the connection strip."""
        return EventSubStatus(
            phase=self._phase,
            reason=None if self._phase == "connected" else self._reason,
            since=self._phase_since,
            retry_at=self._attempts.due_wall if self._phase == "waiting" else None,
            subscriptions=self._reception.active if self._phase == "connected" else (),
            failed_subscriptions=self._reception.failed,
            clock_offset=self._clock_offset,
            last_gap=self._reception.last_gap,
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
            case Notified() | Revoked():
                self._out += self._reception.take(frame, at)
            case UnknownKind(message_type):
                self._logger.info("eventsub: unknown message type %.40r ignored", message_type)

    def _welcome(self, socket: int, frame: Welcome, at: Moment) -> None:
        handover = self._handover
        if handover is not None and socket == handover.successor:
            if self._current is not None:
                self._out += self._sockets.close(self._current, at)
            self._handover = None
            self._reception.moved(frame.session_id, at, whole=not handover.old_died)
            self._logger.info("eventsub: moved to another server")
        elif socket == self._current and self._session_id is None:
            self._reception.began(frame.session_id, at)
        else:
            return
        self._current, self._session_id = socket, frame.session_id
        self._liveness.welcomed(frame.keepalive, at)
        self._clock_offset = at.wall - frame.sent_at

    def _asked_to_move(self, socket: int, url: str, at: Moment) -> None:
        if socket != self._current or self._session_id is None or self._handover is not None:
            return
        if not same_scheme(url, self._url):
            self._logger.warning("eventsub: reconnect address of another scheme ignored")
            return
        self._handover = Handover(url, at)

    # ---- ends and beginnings

    def _successor_failed(self, handover: Handover, at: Moment, reason: str, *, final: bool) -> None:
        if handover.successor_failed(at, final=final):
            self._lost(at, reason)
        else:
            self._logger.info("eventsub: moving failed, trying again (%s)", reason)

    def _lost(self, at: Moment, reason: str) -> None:
        was_stable = self._liveness.was_stable(at)
        self._drop(at, reason)
        delay = self._attempts.after_failure(at, was_stable=was_stable)
        self._reason = reason
        self._logger.info("eventsub: connection lost (%s), next try in %.1f s", reason, delay)

    def _drop(self, at: Moment, reason: str) -> None:
        self._reception.ended(self._liveness.last_life, reason)
        self._liveness.ended()
        self._out += self._sockets.close_all(at)
        self._current = self._handover = self._session_id = None

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
            self._hear(at)
        phase = self._present_phase()
        if phase != self._phase:
            self._phase, self._phase_since = phase, at.wall
        out, self._out = tuple(self._out), []
        return out

    def _expire(self, at: Moment) -> None:
        """End whatever has waited longer than it may."""
        if self._handover is not None:
            self._expire_handover(self._handover, at)
        elif self._current is None:
            return
        elif self._session_id is None:
            if at.mono >= self._sockets.welcome_due(self._current):
                self._lost(at, "Twitch did not answer in time")
        else:
            trouble = self._liveness.trouble(at, all_refused=self._reception.all_refused)
            if trouble is not None:
                self._lost(at, trouble)

    def _expire_handover(self, handover: Handover, at: Moment) -> None:
        if handover.is_overdue(at):
            self._lost(at, limits.close_reason(4004, ""))
            return
        unanswered = handover.unanswered(self._sockets, at)
        if unanswered is not None:
            self._out += self._sockets.close(unanswered, at)
            self._successor_failed(handover, at, "the new server did not answer", final=False)

    def _open_wanted(self, at: Moment) -> None:
        if not self._sockets.has_room:
            return
        if self._handover is not None:
            if self._handover.wants_socket(at):
                self._handover.successor = self._open(self._handover.url, at)
        elif self._current is None and self._attempts.take(at):
            self._current = self._open(self._url, at)

    def _hear(self, at: Moment) -> None:
        """While the session stands: ask for what is due, and once it hears again, tell what was missed."""
        if self._session_id is None or self._handover is not None:
            return
        self._out += self._reception.take_due(self._session_id, at)
        hears = bool(self._reception.active)
        self._liveness.subscribed(hears, at)
        if hears:
            self._out += self._reception.report_gap(at)

    def _present_phase(self) -> EventSubPhase:
        if not self._enabled:
            return "off"
        if self._session_id is not None and self._current is not None and self._reception.active:
            return "connected"
        return "waiting" if self._attempts.due is not None else "connecting"

    def _deadlines(self) -> list[float]:
        if not self._enabled:
            return []
        if self._handover is not None:
            return self._handover.deadlines(self._sockets)
        if self._current is None:
            return [self._attempts.due] if self._attempts.due is not None and self._sockets.has_room else []
        if self._session_id is None:
            return [self._sockets.welcome_due(self._current)]
        return [*self._liveness.deadlines, *self._reception.deadlines]
