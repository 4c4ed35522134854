"""Makes one subscription stand, orphans of dead sessions notwithstanding.

After a dirty end Twitch may keep a subscription for a while and answer 409 to the next one of the same type and
condition; a client that takes that for success is deaf (github.com/Battle-Cattle/BCUK-Bot-4/pull/569). So after
a 409 the list decides: ours already, or an orphan to delete before asking once more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, Protocol, assert_never

from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotFound,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RefreshDelayed,
    Refused,
    ServiceError,
    Unauthorized,
)
from companion.services.twitch.eventsub_commands import NotSubscribed, Outcome, Subscribe, Subscribed
from companion.services.twitch.subscriptions import ExistingSubscription, SubscriptionRequest

_CONFLICT: Final = 409


class SubscriptionApi(Protocol):
    """The EventSub calls of Helix; `TwitchService` is one."""

    def condition_of(self, request: SubscriptionRequest) -> Result[dict[str, str], NoAccess | Forbidden]:
        """The request's condition for the signed-in account."""
        ...

    async def create_subscription(self, request: SubscriptionRequest, *, session_id: str) -> Result[None, ServiceError]:
        """Create it for this session; 409 as `Refused`."""
        ...

    async def list_subscriptions(self, type: str) -> Result[tuple[ExistingSubscription, ...], ServiceError]:
        """Every session's subscriptions of this type."""
        ...

    async def delete_subscription(self, subscription_id: str) -> Result[None, ServiceError]:
        """Delete one."""
        ...


class Subscriber:
    """Carries out `Subscribe` commands."""

    def __init__(self, *, api: SubscriptionApi, clock: Clock, logger: logging.Logger) -> None:
        self._api = api
        self._clock = clock
        self._logger = logger

    async def ensure(self, command: Subscribe) -> Outcome:
        """Create the subscription; delete orphans in its way and ask once more."""
        match await self._api.create_subscription(command.request, session_id=command.session_id):
            case Ok():
                return Subscribed()
            case Err(Refused(status=409)):
                return await self._after_conflict(command)
            case Err(error):
                return self._not_subscribed(error)

    async def _after_conflict(self, command: Subscribe) -> Outcome:
        condition = self._api.condition_of(command.request)
        if isinstance(condition, Err):
            return self._not_subscribed(condition.error)
        listed = await self._api.list_subscriptions(command.request.type)
        if isinstance(listed, Err):
            return self._not_subscribed(listed.error)
        same = [
            found
            for found in listed.value
            if found.status == "enabled" and _is_same(found, command.request, condition.value)
        ]
        if any(found.session_id in command.own_sessions for found in same):
            return Subscribed()
        for orphan in same:
            self._logger.info("eventsub: deleting an orphaned %s of an earlier session", orphan.type)
            match await self._api.delete_subscription(orphan.id):
                case Ok() | Err(NotFound()):
                    pass
                case Err(error):
                    return self._not_subscribed(error)
        match await self._api.create_subscription(command.request, session_id=command.session_id):
            case Ok():
                return Subscribed()
            case Err(Refused(status=409)):
                return NotSubscribed("Twitch still holds a subscription of an earlier session", permanent=False)
            case Err(error):
                return self._not_subscribed(error)

    def _not_subscribed(self, error: ServiceError) -> NotSubscribed:
        match error:
            case Refused(status=400, detail=detail) if "session" in detail:
                # The session ended while we asked; the socket will tell, or the next try succeeds.
                return NotSubscribed(detail, permanent=False)
            case Forbidden(detail) | NotFound(detail) | Refused(detail=detail):
                return NotSubscribed(detail or "Twitch refused it", permanent=True)
            case RateLimited(retry_at) | QuotaExhausted(retry_at) | NoAccess(RefreshDelayed(next_attempt_at=retry_at)):
                wait = max(0.0, (retry_at - self._clock.now()).total_seconds())
                return NotSubscribed("Twitch asks for patience", permanent=False, retry_in=wait)
            case NetworkDown(detail) | MalformedAnswer(detail) | Unauthorized(detail):
                return NotSubscribed(detail, permanent=False)
            case ProviderUnavailable(status=status):
                return NotSubscribed(f"Twitch answered with status {status}", permanent=False)
            case NoAccess():
                return NotSubscribed("there is no usable Twitch login", permanent=False)
        assert_never(error)


def _is_same(found: ExistingSubscription, request: SubscriptionRequest, condition: Mapping[str, str]) -> bool:
    return found.type == request.type and found.version == request.version and dict(found.condition) == dict(condition)
