"""Domain events to text and back, through one pydantic adapter over the closed union."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from companion.kernel.result import Err, Ok, Result
from companion.ports.events import DomainEvent

_adapter: TypeAdapter[DomainEvent] = TypeAdapter(DomainEvent)


def encode_event(event: DomainEvent) -> str:
    """JSON text of an event."""
    return _adapter.dump_json(event).decode()


def decode_event(text: str) -> Result[DomainEvent, str]:
    """The event in `text`, or why it is none (fields and reasons, no values)."""
    try:
        return Ok(_adapter.validate_json(text))
    except ValidationError as error:
        return Err("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:5]))
