"""What goes into the EventSub session machine and what comes out of it, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from companion.kernel.instant import Instant
from companion.ports.twitch import Gap, Notification
from companion.services.twitch.subscriptions import SubscriptionRequest


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks: `mono` (seconds) for deadlines, `wall` for what people and receivers are told."""

    mono: float
    wall: Instant


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """Connect socket number `socket` to `url` (never logged), then report `opened` or `closed`."""

    socket: int
    url: str


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close this socket, or give up opening it; `closed` must be reported within a few seconds."""

    socket: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Create this subscription for `session_id` and report the outcome with this very command.

    `own_sessions` are the sessions whose existing subscriptions count as ours; `lineage` tells a report that
    has been overtaken by a new session.
    """

    request: SubscriptionRequest
    session_id: str
    own_sessions: frozenset[str]
    lineage: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand this notification to the receiver, in order."""

    notification: Notification


@dataclass(frozen=True, slots=True)
class ReportGap:
    """Tell the receiver that notifications may have been lost, in order with the notifications."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class ReportRevoked:
    """Tell the receiver that Twitch withdrew a subscription, in order with the notifications."""

    subscription_type: str
    status: str


Report: TypeAlias = Deliver | ReportGap | ReportRevoked
Command: TypeAlias = OpenSocket | CloseSocket | Subscribe | Report


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Twitch has the subscription, made now or found to be ours already."""


@dataclass(frozen=True, slots=True)
class NotSubscribed:
    """Twitch has it not. `permanent`: asking again in this session is pointless; `retry_in` in seconds."""

    why: str
    permanent: bool
    retry_in: float | None = None


Outcome: TypeAlias = Subscribed | NotSubscribed
