"""All EventSub sessions and subscriptions of this process, and what is sent to them.

Source: dev.twitch.tv/docs/eventsub/handling-websocket-events, /docs/eventsub/websocket-reference.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from companion.kernel.instant import Instant
from companion.kernel.tasks import TaskSupervisor
from companion.simulator.answers import Json
from companion.simulator.counters import Counters
from companion.simulator.eventsub_session import Session, Subscription
from companion.simulator.faults import FaultBox
from companion.simulator.world import World


@dataclass(frozen=True, slots=True)
class Handover:
    """A reconnect that was offered and not yet taken."""

    session_id: str
    keepalive: float
    until: Instant


class EventSubHub:
    """Sessions by id and subscriptions by id. They die with the process, as they do on a lost socket."""

    def __init__(self, *, world: World, faults: FaultBox, counters: Counters, tasks: TaskSupervisor) -> None:
        self._world = world
        self._faults = faults
        self._counters = counters
        self._tasks = tasks
        self.sessions: dict[str, Session] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.handovers: dict[str, Handover] = {}
        self._last: list[tuple[str, str]] = []
        self._noticed_at: dict[str, Instant] = {}

    def frame(self, kind: str, payload: Json, subscription: Subscription | None = None) -> str:
        """A message as text, with a fresh message id."""
        metadata: Json = {
            "message_id": self._world.uuid(),
            "message_type": kind,
            "message_timestamp": self._world.nano_timestamp(),
        }
        if subscription is not None:
            metadata["subscription_type"] = subscription.type
            metadata["subscription_version"] = subscription.version
        return json.dumps({"metadata": metadata, "payload": payload}, ensure_ascii=False)

    def of_session(self, session_id: str) -> list[Subscription]:
        """The enabled subscriptions on a session, the lost ones included."""
        return [s for s in self.subscriptions.values() if s.session_id == session_id and s.status == "enabled"]

    async def notify(self, name: str, event: Json) -> int:
        """Send an event to every subscription that wants it; how many sockets took it.

        Faults: `notification_lost` sends nothing, `notification_doubled` sends it twice under one message id,
        `notification_repeated` a second time under another, `notification_late` sends it `seconds` later.
        """
        late = self._faults.take_for("notification_late", name)
        if late is not None:
            self._tasks.spawn(self._send_later(name, event, late.seconds), name="late notification")
            return 0
        if self._faults.take_for("notification_lost", name) is not None:
            return 0
        count = await self._send(name, event)
        if self._faults.take_for("notification_doubled", name) is not None:
            count += await self.resend()
        if self._faults.take_for("notification_repeated", name) is not None:
            count += await self._send(name, event)
        return count

    async def _send_later(self, name: str, event: Json, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._send(name, event)

    async def _send(self, name: str, event: Json) -> int:
        sent: list[tuple[str, str]] = []
        for subscription in list(self.subscriptions.values()):
            session = self.sessions.get(subscription.session_id)
            if session is None or not subscription.wants(name, event):
                continue
            payload: Json = {"subscription": subscription.in_frame(), "event": event}
            text = self.frame("notification", payload, subscription)
            if await session.send(text):
                self._counters.add("eventsub.notifications")
                sent.append((subscription.id, text))
        if sent:
            self._last = sent
        return len(sent)

    async def resend(self) -> int:
        """Send the newest notification again, same message id: delivery is at least once."""
        count = 0
        for subscription_id, text in self._last:
            subscription = self.subscriptions.get(subscription_id)
            session = self.sessions.get(subscription.session_id) if subscription is not None else None
            count += session is not None and await session.send(text)
        return count

    async def revoke(self, status: str, name: str | None = None) -> int:
        """Tell each subscription (of type `name`, or all) that it is revoked; how many were."""
        count = 0
        for subscription in list(self.subscriptions.values()):
            if subscription.status != "enabled" or (name is not None and subscription.type != name):
                continue
            subscription.status = status
            count += 1
            session = self.sessions.get(subscription.session_id)
            if session is not None:
                await session.send(self.frame("revocation", {"subscription": subscription.in_frame()}, subscription))
        return count

    def lost(self, session: Session) -> None:
        """A socket is gone: its subscriptions are disabled, unless a handover or an orphan fault keeps them."""
        self.sessions.pop(session.id, None)
        self._counters.add("eventsub.sessions_closed")
        if session.challenge in self.handovers:
            return
        orphans = self._faults.get("orphans")
        if orphans is None:
            self.disable(session.id, "websocket_disconnected")
        elif "seconds" in orphans.model_fields_set:
            self._noticed_at[session.id] = self._world.after(orphans.seconds)

    def disable(self, session_id: str, status: str) -> None:
        """End what was enabled on a session."""
        for subscription in self.of_session(session_id):
            subscription.status = status
            subscription.disconnected_at = self._world.nano_timestamp()

    def reap_due(self) -> None:
        """Notice the dead sessions whose orphan fault had a time limit that is over."""
        due = [session_id for session_id, at in self._noticed_at.items() if at <= self._world.now()]
        for session_id in due:
            del self._noticed_at[session_id]
            self.disable(session_id, "websocket_disconnected")

    def clear(self) -> None:
        """Drop every socket and forget every subscription."""
        for session in list(self.sessions.values()):
            session.abort()
        self.subscriptions.clear()
        self.handovers.clear()
        self._last.clear()

    def reap(self) -> int:
        """Notice every dead session at last; how many orphaned subscriptions that ended."""
        waiting = {handover.session_id for handover in self.handovers.values()}
        orphans = [
            s
            for s in self.subscriptions.values()
            if s.status == "enabled" and s.session_id not in self.sessions and s.session_id not in waiting
        ]
        for subscription in orphans:
            subscription.status = "websocket_disconnected"
        return len(orphans)

    def move(self, old_session_id: str, new: Session) -> None:
        """Hand the subscriptions of one session to its successor."""
        for subscription in self.of_session(old_session_id):
            subscription.session_id = new.id
            subscription.connected_at = new.connected_at
            new.owner = (subscription.client_id, subscription.user_id)
