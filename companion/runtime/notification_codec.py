"""Twitch's notifications to text and back, through one pydantic adapter over the closed union."""

from __future__ import annotations

from typing import get_args

from pydantic import TypeAdapter, ValidationError

from companion.kernel.result import Err, Ok, Result
from companion.ports.twitch import Notification

# The members share field names: each is read by its own adapter, chosen by the stored kind.
_members: dict[str, TypeAdapter[Notification]] = {
    member.__name__: TypeAdapter(member) for member in get_args(Notification)
}


def kind_of(notification: Notification) -> str:
    """The name a notification is stored under."""
    return type(notification).__name__


def encode_notification(notification: Notification) -> str:
    """JSON text of a notification, without its kind."""
    return _members[kind_of(notification)].dump_json(notification).decode()


def decode_notification(kind: str, text: str) -> Result[Notification, str]:
    """The notification in `text`, or why it is none (fields and reasons, no values)."""
    adapter = _members.get(kind)
    if adapter is None:
        return Err(f"unknown kind {kind}")
    try:
        return Ok(adapter.validate_json(text))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        return Err("; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in details[:5]))
