"""What EventSub tells, handed on to the stream's life: notifications, gaps, withdrawn subscriptions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from companion.application.feed import Feed
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.stream import LifecycleError, ReconcileReport, StreamLifecyclePort, StreamStarted
from companion.ports.twitch import Gap, Notification, StreamOffline, StreamOnline


class StreamWatch:
    """Implements `ports.twitch.EventSubReceiver`."""

    def __init__(
        self,
        *,
        lifecycle: StreamLifecyclePort,
        feed: Feed,
        clock: Clock,
        logger: logging.Logger,
        on_connected: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self._lifecycle = lifecycle
        self._feed = feed
        self._clock = clock
        self._logger = logger
        self._on_connected = on_connected
        self._on_change = on_change
        self._unstored: list[Notification] = []

    async def on_notifications(self, notifications: Sequence[Notification]) -> None:
        """Go online or offline, by Twitch's own times. What cannot be stored now is kept for `catch_up`."""
        for notification in notifications:
            done = await self._take(notification)
            if isinstance(done, Err):
                self._logger.error("a notification could not be stored yet: %s", type(done.error).__name__)
                self._unstored.append(notification)

    async def catch_up(self) -> None:
        """The database can be written again: take in what came meanwhile, in order, then ask Helix for the rest."""
        waiting, self._unstored = self._unstored, []
        await self.on_notifications(waiting)
        await self._lifecycle.reconcile()
        self._on_change()

    async def _take(self, notification: Notification) -> Result[None, LifecycleError]:
        match notification:
            case StreamOnline(sent_at=sent_at, stream_id=stream_id, started_at=started_at):
                return await self._lifecycle.on_stream_online(StreamStarted(stream_id, started_at, sent_at))
            case StreamOffline(sent_at=sent_at):
                return await self._lifecycle.on_stream_offline(sent_at)
            case _:
                return Ok(None)

    async def on_gap(self, gap: Gap) -> None:
        """Catch up over Helix, and say what was found."""
        self._on_connected()
        report = await self._lifecycle.reconcile()
        if gap.since is not None:
            self._feed.add_gap(gap, _found(report))
        self._on_change()

    async def on_revoked(self, subscription_type: str, status: str) -> None:
        """Twitch withdrew a subscription; the client subscribes again where that makes sense."""
        text = f"Twitch withdrew the event {subscription_type} ({status.replace('_', ' ')})."
        self._feed.add_note(self._clock.now(), "revocation", text)
        self._on_change()


def _found(report: Result[ReconcileReport, LifecycleError]) -> str:
    match report:
        case Ok(found) if found.outcome == "noop":
            return "Nothing was missed."
        case Ok(found):
            words = {"set_online": "the stream had begun", "set_offline": "the stream had ended"}
            return f"Recovered: {words.get(found.outcome, 'another stream had begun')}."
        case _:
            return "What was missed could not be looked up yet."
