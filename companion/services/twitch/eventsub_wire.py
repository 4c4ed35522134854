"""EventSub's frames as they come over the WebSocket, and what they mean to us.

Source of the shapes: dev.twitch.tv/docs/eventsub/websocket-reference and eventsub-reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field, ValidationError

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.twitch import Notification
from companion.services.twitch.eventsub_events import read_event
from companion.services.twitch.wire_helix import WireId, WireInstant, WireSubscription


class _Metadata(BaseModel):
    message_id: WireId
    message_type: WireId
    message_timestamp: WireInstant


class _Envelope(BaseModel):
    metadata: _Metadata
    payload: dict[str, object]


class _Session(BaseModel):
    id: WireId
    keepalive_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    reconnect_url: str | None = None


class _SessionPayload(BaseModel):
    session: _Session


class _SubscriptionPayload(BaseModel):
    subscription: WireSubscription


class _Named(BaseModel):
    type: WireId


class _NotificationPayload(BaseModel):
    subscription: _Named
    event: dict[str, object]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The session stands; `keepalive` in seconds, None when Twitch leaves it as it was."""

    session_id: str
    keepalive: float | None
    sent_at: Instant


@dataclass(frozen=True, slots=True)
class Keepalive:
    """Nothing happened, and the connection is alive."""


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Twitch wants the session moved: open `url` unchanged, it is never logged."""

    url: str


@dataclass(frozen=True, slots=True)
class Notified:
    """A notification under its message id; `notification` is None for a type that nobody here reads."""

    message_id: str
    subscription_type: str
    notification: Notification | None


@dataclass(frozen=True, slots=True)
class Revoked:
    """A subscription was withdrawn; told once."""

    message_id: str
    subscription_type: str
    condition: Mapping[str, str]
    status: str


@dataclass(frozen=True, slots=True)
class UnknownKind:
    """A message type that did not exist when this was written."""

    message_type: str


@dataclass(frozen=True, slots=True)
class MalformedFrame:
    """Not understood. `where` names fields and reasons, never values; `was_notification` if that much was read."""

    where: str
    was_notification: bool


Frame: TypeAlias = Welcome | Keepalive | Reconnect | Notified | Revoked | UnknownKind


def read_frame(data: str | bytes) -> Result[Frame, MalformedFrame]:
    """Parse one frame. Twitch sends text only: a binary frame is malformed."""
    if isinstance(data, bytes):
        return Err(MalformedFrame("a binary frame", was_notification=False))
    kind = ""
    try:
        envelope = _Envelope.model_validate_json(data)
        kind = envelope.metadata.message_type
        return Ok(_read(envelope.metadata, envelope.payload))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        fields = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'frame'}: {item['type']}" for item in details[:5])
        where = f"{kind}: {fields}" if kind else fields
        return Err(MalformedFrame(where, was_notification=kind in ("notification", "")))


def _read(metadata: _Metadata, payload: Mapping[str, object]) -> Frame:
    match metadata.message_type:
        case "session_welcome":
            session = _SessionPayload.model_validate(payload).session
            return Welcome(session.id, session.keepalive_timeout_seconds, metadata.message_timestamp)
        case "session_keepalive":
            return Keepalive()
        case "session_reconnect":
            return Reconnect(_SessionPayload.model_validate(payload).session.reconnect_url or "")
        case "notification":
            told = _NotificationPayload.model_validate(payload)
            kind = told.subscription.type
            notification = read_event(kind, metadata.message_id, metadata.message_timestamp, told.event)
            return Notified(metadata.message_id, kind, notification)
        case "revocation":
            gone = _SubscriptionPayload.model_validate(payload).subscription
            condition = {key: value for key, value in gone.condition.items() if value}
            return Revoked(metadata.message_id, gone.type, condition, gone.status)
        case other:
            return UnknownKind(other)
