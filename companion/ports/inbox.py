"""The event inbox: every notification of Twitch, stored under its message id before it is acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed


@dataclass(frozen=True, slots=True)
class InboxLetter:
    """A notification that could not be handled after all attempts."""

    message_id: str
    kind: str
    received_at: Instant
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class NoSuchLetter:
    """There is no dead letter with this id."""

    id: str


class InboxPort(Protocol):
    """Dead letters of the inbox, for a person."""

    def dead_letters(self, *, limit: int = 100) -> Sequence[InboxLetter]:
        """Newest first."""
        ...

    async def replay(self, message_id: str) -> Result[None, NoSuchLetter | StorageFailed]:
        """Try again from the first attempt."""
        ...

    async def discard(self, message_id: str) -> Result[None, NoSuchLetter | StorageFailed]:
        """Delete for good; its redemption id, if any, stays known."""
        ...
