"""Follows, subscriptions, gifts, cheers and raids: one event each, in whatever pieces they are told."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from companion.kernel.ids import deterministic_id
from companion.ports.events import (
    BitsCheered,
    ChannelRaided,
    DomainEvent,
    SubsWereGifted,
    ViewerFollowed,
    ViewerSubscribed,
)
from companion.ports.saga_params import RAID, RaidParams
from companion.ports.sagas import SagaStarter
from companion.ports.transaction import Transaction
from companion.ports.twitch import Cheered, Followed, Raided, Resubscribed, Subscribed, SubsGifted
from companion.ports.viewers import Viewer, ViewersPort
from companion.runtime.event_bus import EventBus

Alert: TypeAlias = Followed | Subscribed | Resubscribed | SubsGifted | Cheered | Raided


class Alerts:
    """Writes what follows from an alert, as part of the caller's transaction."""

    def __init__(self, *, viewers: ViewersPort, sagas: SagaStarter, bus: EventBus) -> None:
        self._viewers = viewers
        self._sagas = sagas
        self._bus = bus

    def take_in(self, tx: Transaction, alert: Alert) -> None:
        """The viewer is seen, the event is published, a raid starts its saga."""
        who = _who(alert)
        if who is not None:
            self._viewers.see_in(tx, who, alert.sent_at)
        event = _event(alert)
        if event is not None:
            self._bus.add(tx, event)
        if isinstance(alert, Raided):
            params = RaidParams(alert.raider, alert.viewers, alert.sent_at)
            self._sagas.start_in(tx, RAID, alert.message_id, params)


def _who(alert: Alert) -> Viewer | None:
    return alert.raider if isinstance(alert, Raided) else alert.viewer


def _event(alert: Alert) -> DomainEvent | None:
    event_id, at = deterministic_id("twitch", alert.message_id), alert.sent_at
    match alert:
        case Followed(viewer=viewer):
            name = viewer.display_name
            return ViewerFollowed(event_id=event_id, at=at, viewer_id=viewer.user_id, viewer_name=name)
        case Subscribed(is_gift=True):
            return None  # a gift bomb is one alert: the giver's
        case Subscribed(viewer=viewer, tier=tier):
            return _subscribed(viewer, event_id, alert, tier, 1)
        case Resubscribed(viewer=viewer, tier=tier, months=months):
            return _subscribed(viewer, event_id, alert, tier, months)
        case SubsGifted(viewer=giver, tier=tier, count=count):
            who, name_ = _named(giver)
            return SubsWereGifted(event_id=event_id, at=at, viewer_id=who, viewer_name=name_, tier=tier, count=count)
        case Cheered(viewer=giver, bits=bits):
            who, name_ = _named(giver)
            return BitsCheered(event_id=event_id, at=at, viewer_id=who, viewer_name=name_, bits=bits)
        case Raided(raider=raider, viewers=viewers):
            name = raider.display_name
            return ChannelRaided(event_id=event_id, at=at, viewer_id=raider.user_id, viewer_name=name, viewers=viewers)
        case _:
            assert_never(alert)


def _subscribed(viewer: Viewer, event_id: str, alert: Alert, tier: int, months: int) -> ViewerSubscribed:
    return ViewerSubscribed(
        event_id=event_id,
        at=alert.sent_at,
        viewer_id=viewer.user_id,
        viewer_name=viewer.display_name,
        tier=tier,
        months=months,
    )


def _named(giver: Viewer | None) -> tuple[str | None, str | None]:
    return (None, None) if giver is None else (giver.user_id, giver.display_name)
