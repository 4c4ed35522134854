"""Which subscriptions the present session has, lacks, waits for and was refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from companion.kernel.backoff import Backoff
from companion.kernel.instant import Instant
from companion.services.twitch.eventsub_commands import Moment, NotSubscribed, Outcome, Subscribed
from companion.services.twitch.subscriptions import SubscriptionRequest

_RETRY: Final = Backoff(first=1.0, cap=60.0, jitter=0.2)
_FINAL_REVOCATIONS: Final = frozenset({"user_removed", "moderator_removed", "version_removed"})
"""The user, the role or the version is gone: asking again cannot help. Statuses: dev.twitch.tv/docs/eventsub."""


@dataclass(frozen=True, slots=True)
class Late:
    """A subscription stands at last that was missing since `since` (None: since the start)."""

    since: Instant | None


_State: TypeAlias = Literal["due", "asking", "active", "refused"]


@dataclass(slots=True)
class _Entry:
    request: SubscriptionRequest
    state: _State = "due"
    due: float = 0.0
    failures: int = 0
    why: str = ""
    late_since: Instant | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Sum:
    """What follows from the entries as they are; looked at with every frame, so it is worked out once a change."""

    active: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    first_round_over: bool
    all_refused: bool
    next_due: float | None


class SubscriptionBook:
    """Asks for each request in its time. A success that comes late is told apart: it ends a gap of its own."""

    def __init__(self, requests: Iterable[SubscriptionRequest], random: Random) -> None:
        self._entries = {request: _Entry(request) for request in requests}
        self._random = random
        self._known: _Sum | None = None

    def replace(self, requests: Iterable[SubscriptionRequest], at: Moment) -> bool:
        """Other things are wanted from now on. Whether anything is given up that the present session may have.

        What is new is due at once, and is late from the beginning: nobody knows what happened before it.
        """
        self._known = None
        before = self._entries
        self._entries = {
            request: before.get(request) or _Entry(request, due=at.mono, late=True) for request in requests
        }
        return not before.keys() <= self._entries.keys()

    def reset(self, at: Moment) -> None:
        """A fresh session: everything is due."""
        self._known = None
        for request in self._entries:
            self._entries[request] = _Entry(request, due=at.mono)

    def verify(self, at: Moment) -> None:
        """The session moved, but perhaps not whole: ask for everything again (an existing one counts as success)."""
        self._known = None
        for entry in self._entries.values():
            entry.state, entry.due, entry.late = "due", at.mono, False

    def take_due(self, at: Moment) -> tuple[SubscriptionRequest, ...]:
        """What has to be asked for now; each is `asking` until its outcome is told."""
        next_due = self.next_due
        if next_due is None or next_due > at.mono:
            return ()
        self._known = None
        taken = [entry for entry in self._entries.values() if entry.state == "due" and entry.due <= at.mono]
        for entry in taken:
            entry.state = "asking"
        return tuple(entry.request for entry in taken)

    def settle(self, request: SubscriptionRequest, outcome: Outcome, at: Moment) -> Late | None:
        """Note an outcome; `Late` when it ends a span in which this subscription alone was missing."""
        self._known = None
        entry = self._entries[request]
        match outcome:
            case Subscribed():
                late = Late(entry.late_since) if entry.late else None
                entry.state, entry.failures, entry.why, entry.late = "active", 0, "", False
                return late
            case NotSubscribed(why, permanent, retry_in):
                entry.failures += 1
                entry.why = why
                entry.state = "refused" if permanent else "due"
                entry.due = at.mono + max(retry_in or 0.0, _RETRY.delay(entry.failures, self._random))
                return None

    def ask_again(self, request: SubscriptionRequest, at: Moment) -> None:
        """The outcome was for a session that has moved meanwhile: it says nothing."""
        self._known = None
        entry = self._entries[request]
        entry.state, entry.due = "due", at.mono

    def mark_late(self, since: Instant | None) -> None:
        """A gap that began at `since` is reported now: whatever is not active yet will close a later one."""
        for entry in self._entries.values():
            if entry.state != "active" and not entry.late:
                entry.late, entry.late_since = True, since

    def revoke(self, type: str, condition: Iterable[tuple[str, str]], status: str, at: Moment) -> None:
        """Twitch withdrew one. The condition tells subscriptions of one type apart where there are several."""
        self._known = None
        named = dict(condition)
        for entry in self._entries.values():
            wanted = entry.request.condition_for("").items()
            if entry.request.type != type or any(value and named.get(key) != value for key, value in wanted):
                continue
            entry.failures += 1
            entry.late, entry.late_since = True, at.wall
            entry.why = f"Twitch withdrew it ({status})"
            entry.state = "refused" if status in _FINAL_REVOCATIONS else "due"
            entry.due = at.mono + _RETRY.delay(entry.failures, self._random)

    @property
    def active(self) -> tuple[str, ...]:
        """Types that Twitch delivers."""
        return self._sum().active

    @property
    def failed(self) -> tuple[tuple[str, str], ...]:
        """(type, why) of what was refused or keeps failing."""
        return self._sum().failed

    @property
    def first_round_over(self) -> bool:
        """Whether every subscription has been answered at least once and none is being asked for."""
        return self._sum().first_round_over

    @property
    def all_refused(self) -> bool:
        """Whether nothing is left to hope for in this session."""
        return self._sum().all_refused

    @property
    def next_due(self) -> float | None:
        """When the next one has to be asked for."""
        return self._sum().next_due

    def _sum(self) -> _Sum:
        if self._known is None:
            entries = self._entries.values()
            self._known = _Sum(
                active=tuple(entry.request.type for entry in entries if entry.state == "active"),
                failed=tuple(
                    (entry.request.type, entry.why) for entry in entries if entry.state != "active" and entry.why
                ),
                first_round_over=all(
                    entry.state in ("active", "refused") or (entry.state == "due" and entry.failures > 0)
                    for entry in entries
                ),
                all_refused=all(entry.state == "refused" for entry in entries),
                next_due=min((entry.due for entry in entries if entry.state == "due"), default=None),
            )
        return self._known
