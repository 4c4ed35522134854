"""What EventSub tells, handed on: notifications to the inbox, gaps to whatever has to be looked up then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from companion.application.feed import Feed
from companion.kernel.instant import Clock
from companion.kernel.result import Ok, Result
from companion.ports.stream import LifecycleError, ReconcileReport, StreamLifecyclePort
from companion.ports.twitch import Gap, Notification


class NotificationStore(Protocol):
    """The inbox, as EventSub's receiver meets it."""

    def take(self, notifications: Sequence[Notification]) -> None:
        """Store and handle."""
        ...

    def catch_up(self) -> None:
        """Store what could not be stored before."""
        ...


class TwitchWatch:
    """Implements `ports.twitch.EventSubReceiver`. `find_missed` tells how many redemptions it found, None: unknown."""

    def __init__(
        self,
        *,
        inbox: NotificationStore,
        lifecycle: StreamLifecyclePort,
        find_missed: Callable[[], Awaitable[int | None]],
        feed: Feed,
        clock: Clock,
        on_connected: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self._inbox = inbox
        self._lifecycle = lifecycle
        self._find_missed = find_missed
        self._feed = feed
        self._clock = clock
        self._on_connected = on_connected
        self._on_change = on_change

    async def on_notifications(self, notifications: Sequence[Notification]) -> None:
        """Stored when this returns, or kept for `catch_up` while the database cannot be written."""
        self._inbox.take(notifications)

    async def catch_up(self) -> None:
        """The database can be written again: take in what came meanwhile, in order, then ask Helix for the rest."""
        self._inbox.catch_up()
        await self._lifecycle.reconcile()
        await self._find_missed()
        self._on_change()

    async def on_gap(self, gap: Gap) -> None:
        """Catch up over Helix, and say what was found."""
        self._on_connected()
        report = await self._lifecycle.reconcile()
        missed = await self._find_missed()
        if gap.since is not None:
            self._feed.add_gap(gap, _found(report, missed))
        self._on_change()

    async def on_revoked(self, subscription_type: str, status: str) -> None:
        """Twitch withdrew a subscription; the client subscribes again where that makes sense."""
        text = f"Twitch withdrew the event {subscription_type} ({status.replace('_', ' ')})."
        self._feed.add_note(self._clock.now(), "revocation", text)
        self._on_change()


def _found(report: Result[ReconcileReport, LifecycleError], missed: int | None) -> str:
    recovered: list[str] = []
    if missed:
        recovered.append("1 redemption" if missed == 1 else f"{missed} redemptions")
    if isinstance(report, Ok) and report.value.outcome != "noop":
        words = {"set_online": "the stream had begun", "set_offline": "the stream had ended"}
        recovered.append(words.get(report.value.outcome, "another stream had begun"))
    unknown = missed is None or not isinstance(report, Ok)
    if not recovered:
        return "What was missed could not be looked up yet." if unknown else "Nothing was missed."
    found = f"Recovered: {' and '.join(recovered)}."
    return f"{found} The rest could not be looked up yet." if unknown else found
