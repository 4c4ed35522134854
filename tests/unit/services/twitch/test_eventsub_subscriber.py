from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotConfigured,
    NotFound,
    ProviderUnavailable,
    RateLimited,
    RefreshDelayed,
    Refused,
    ServiceError,
    Unauthorized,
)
from companion.services.twitch.eventsub_commands import NotSubscribed, Subscribe, Subscribed
from companion.services.twitch.eventsub_subscriber import Subscriber
from companion.services.twitch.subscriptions import ExistingSubscription, SubscriptionRequest
from tests.fakes.clock import START, FakeClock

ONLINE = SubscriptionRequest(type="stream.online")
COMMAND = Subscribe(ONLINE, "now", frozenset({"now", "before"}), 1)
CONFLICT = Refused(409, "subscription already exists")


class Api:
    """Helix's subscription calls over a list; as Twitch does, it answers 409 while the same one is enabled."""

    def __init__(self) -> None:
        self.existing: list[ExistingSubscription] = []
        self.create_error: ServiceError | None = None
        self.list_error: ServiceError | None = None
        self.delete_error: ServiceError | None = None
        self.stubborn = False
        self.made: list[str] = []

    def condition_of(self, request: SubscriptionRequest) -> Result[dict[str, str], NoAccess | Forbidden]:
        return Ok(request.condition_for("1"))

    async def create_subscription(self, request: SubscriptionRequest, *, session_id: str) -> Result[None, ServiceError]:
        if self.create_error is not None:
            return Err(self.create_error)
        same = [
            s for s in self.existing if s.type == request.type and s.status == "enabled" and not s.condition.get("x")
        ]
        if self.stubborn or same:
            return Err(CONFLICT)
        self.made.append(session_id)
        return Ok(None)

    async def list_subscriptions(self, type: str) -> Result[tuple[ExistingSubscription, ...], ServiceError]:
        return Ok(tuple(self.existing)) if self.list_error is None else Err(self.list_error)

    async def delete_subscription(self, subscription_id: str) -> Result[None, ServiceError]:
        if self.delete_error is not None and not isinstance(self.delete_error, NotFound):
            return Err(self.delete_error)
        self.existing = [s for s in self.existing if s.id != subscription_id]
        return Ok(None) if self.delete_error is None else Err(self.delete_error)


def existing(
    id: str, session: str, *, status: str = "enabled", type: str = "stream.online", broadcaster: str = "1", x: str = ""
) -> ExistingSubscription:
    condition = {"broadcaster_user_id": broadcaster, **({"x": x} if x else {})}
    return ExistingSubscription(id, status, type, "1", condition, session)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def subscriber(api: Api, clock: FakeClock) -> Subscriber:
    return Subscriber(api=api, clock=clock, logger=logging.getLogger("companion.test"))


async def test_plain(api: Api, subscriber: Subscriber) -> None:
    assert await subscriber.ensure(COMMAND) == Subscribed()
    assert api.made == ["now"]


@pytest.mark.parametrize("session", ["now", "before"])
async def test_one_of_our_own_is_as_good(api: Api, subscriber: Subscriber, session: str) -> None:
    api.existing = [existing("mine", session)]
    assert await subscriber.ensure(COMMAND) == Subscribed()
    assert [found.id for found in api.existing] == ["mine"]
    assert api.made == []


@pytest.mark.parametrize("delete_error", [None, NotFound("gone")])
async def test_an_orphan_is_deleted_and_nothing_else(
    api: Api, subscriber: Subscriber, delete_error: ServiceError | None
) -> None:
    api.delete_error = delete_error
    others = [
        existing("other type", "dead", type="stream.offline"),
        existing("already over", "dead", status="websocket_disconnected"),
        existing("other condition", "dead", x="2"),
    ]
    api.existing = [existing("orphan", "dead"), *others]
    assert await subscriber.ensure(COMMAND) == Subscribed()
    assert api.existing == others
    assert api.made == ["now"]


async def test_a_conflict_that_stays_is_tried_again_later(api: Api, subscriber: Subscriber) -> None:
    api.stubborn = True
    outcome = await subscriber.ensure(COMMAND)
    assert isinstance(outcome, NotSubscribed) and not outcome.permanent


@pytest.mark.parametrize("step", ["list_error", "delete_error"])
async def test_trouble_while_clearing(api: Api, subscriber: Subscriber, step: str) -> None:
    api.existing = [existing("orphan", "dead")]
    setattr(api, step, NetworkDown("no network"))
    assert await subscriber.ensure(COMMAND) == NotSubscribed("no network", permanent=False)


@pytest.mark.parametrize(
    ("error", "permanent", "wait"),
    [
        (Forbidden("subscription missing proper authorization"), True, None),
        (Refused(400, "invalid subscription type and version"), True, None),
        (Refused(400, "websocket transport session does not exist or has already disconnected"), False, None),
        (NotFound("x"), True, None),
        (RateLimited(START + timedelta(seconds=9)), False, 9),
        (RateLimited(START - timedelta(seconds=9)), False, 0),
        (NoAccess(RefreshDelayed("x", START + timedelta(seconds=60))), False, 60),
        (NoAccess(NotConfigured()), False, None),
        (NetworkDown("x"), False, None),
        (MalformedAnswer("x"), False, None),
        (Unauthorized("x"), False, None),
        (ProviderUnavailable(503, "x"), False, None),
    ],
)
async def test_what_each_failure_means(
    api: Api, subscriber: Subscriber, error: ServiceError, permanent: bool, wait: float | None
) -> None:
    api.create_error = error
    outcome = await subscriber.ensure(COMMAND)
    assert isinstance(outcome, NotSubscribed)
    assert (outcome.permanent, outcome.retry_in) == (permanent, wait)
