"""What a notification of Twitch means: which saga it starts, which event it is, who answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, assert_never

from companion.application.alerts import Alerts
from companion.kernel.ids import deterministic_id
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports import twitch
from companion.ports.events import ChatMessageSeen
from companion.ports.rewards import Redemption, RewardsPort, Verdict
from companion.ports.saga_params import RAFFLE, SONG_REQUEST, Points, RaffleParams, SongRequestParams
from companion.ports.sagas import SagaStarter
from companion.ports.stream import StreamLifecyclePort, StreamStarted
from companion.ports.transaction import Transaction
from companion.ports.twitch import ChatMessage, Notification
from companion.ports.viewers import ViewersPort
from companion.runtime.event_bus import EventBus
from companion.runtime.transactions import Transactions

STREAM_LANE: Final = "stream"


class ChatEar(Protocol):
    """The voice's other half: it knows its own lines."""

    def heard(self, message: ChatMessage) -> None:
        """A message was seen in chat; it may be the one whose answer was lost."""
        ...

    async def is_own(self, message: ChatMessage) -> bool:
        """Whether Companion sent it."""
        ...


class SettledElsewhere(Protocol):
    """Whoever has what hangs on a redemption follow its settlement."""

    async def tell(self, redemption_id: str, verdict: Verdict) -> Result[None, str]:
        """It stands at Twitch as settled, by us or by the dashboard; an error is for a passing reason."""
        ...


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who acts on chat."""

    ear: ChatEar
    senders: Callable[[], frozenset[str]]
    """Ids of the accounts that Companion may send as: their messages are looked at twice."""
    is_command: Callable[[str], bool]
    answer: Callable[[ChatMessage, Instant], Awaitable[Result[None, str]]]
    """Carry out a command; the instant is when it was received here."""
    own_line: Callable[[ChatMessage], None]
    """One of our own lines stands in chat, at Twitch's time."""


@dataclass(frozen=True, slots=True)
class Knows:
    """The objects that notifications are handed to."""

    lifecycle: StreamLifecyclePort
    viewers: ViewersPort
    rewards: RewardsPort
    sagas: SagaStarter
    settled: SettledElsewhere


class Intake:
    """Implements what `objects.event_inbox` asks for. Everything here bears a repetition: ids follow from Twitch's."""

    def __init__(self, *, knows: Knows, bus: EventBus, transactions: Transactions, listeners: Listeners) -> None:
        self._knows = knows
        self._bus = bus
        self._transactions = transactions
        self._listeners = listeners
        self._alerts = Alerts(viewers=knows.viewers, sagas=knows.sagas, bus=bus)

    def is_ours(self, redemption: Redemption) -> bool:
        return self._knows.rewards.use_of(redemption.reward_id) is not None

    def lane(self, notification: Notification) -> str:
        match notification:
            case ChatMessage(viewer=viewer):
                return f"chat {viewer.user_id}"
            case twitch.RedemptionAdded(redemption=redemption) | twitch.RedemptionUpdated(redemption=redemption):
                return f"redemption {redemption.id}"
            case _:
                return STREAM_LANE

    def take_in(self, tx: Transaction, notification: Notification) -> bool:
        match notification:
            case twitch.StreamOnline() | twitch.StreamOffline():
                return True
            case twitch.RedemptionAdded(redemption=redemption):
                self._start(tx, redemption)
                return redemption.status == "fulfilled" and self.is_ours(redemption)
            case twitch.RedemptionUpdated(redemption=redemption):
                return redemption.status in ("canceled", "fulfilled") and self.is_ours(redemption)
            case ChatMessage():
                return self._hear(tx, notification)
            case _:
                self._alerts.take_in(tx, notification)
                return False

    async def work(self, notification: Notification, received_at: Instant) -> Result[None, str]:
        match notification:
            case twitch.StreamOnline(sent_at=sent_at, stream_id=stream_id, started_at=started_at):
                started = StreamStarted(stream_id, started_at, sent_at)
                return _told(await self._knows.lifecycle.on_stream_online(started))
            case twitch.StreamOffline(sent_at=sent_at):
                return _told(await self._knows.lifecycle.on_stream_offline(sent_at))
            case ChatMessage():
                return await self._answer(notification, received_at)
            case twitch.RedemptionAdded(redemption=redemption):
                await self._knows.rewards.came_fulfilled(redemption.reward_id)
                return Ok(None)
            case twitch.RedemptionUpdated(
                redemption=Redemption(id=redemption_id, status="canceled" | "fulfilled" as how)
            ):
                return await self._knows.settled.tell(redemption_id, how)
            case _:
                return Ok(None)

    # Redemptions

    def _start(self, tx: Transaction, redemption: Redemption) -> None:
        use = self._knows.rewards.use_of(redemption.reward_id)
        if use is None:
            return
        self._knows.viewers.see_in(tx, redemption.viewer, redemption.redeemed_at)
        points = Points(redemption.reward_id, redemption.id, settled_already=redemption.status == "fulfilled")
        match use:
            case "song_request":
                song = SongRequestParams(
                    source="reward",
                    viewer=redemption.viewer,
                    role=self._knows.viewers.role_of(redemption.viewer.user_id),
                    text=redemption.user_input,
                    requested_at=redemption.redeemed_at,
                    points=points,
                )
                self._knows.sagas.start_in(tx, SONG_REQUEST, redemption.id, song)
            case "raffle":
                roll = RaffleParams(viewer=redemption.viewer, redeemed_at=redemption.redeemed_at, points=points)
                self._knows.sagas.start_in(tx, RAFFLE, redemption.id, roll)
            case _:
                assert_never(use)

    # Chat

    def _hear(self, tx: Transaction, message: ChatMessage) -> bool:
        if message.from_other_channel:
            return False
        self._listeners.ear.heard(message)
        if message.viewer.user_id in self._listeners.senders():
            return True
        self._see(tx, message)
        return self._listeners.is_command(message.text)

    def _see(self, tx: Transaction, message: ChatMessage) -> None:
        self._knows.viewers.see_in(tx, message.viewer, message.sent_at, message.role)
        stream = self._knows.lifecycle.get_stream_state()
        self._bus.add(
            tx,
            ChatMessageSeen(
                event_id=deterministic_id("chat_message", message.chat_id),
                at=message.sent_at,
                session_id=stream.session_id if stream.is_live else None,
                viewer_id=message.viewer.user_id,
                viewer_name=message.viewer.display_name,
            ),
        )

    async def _answer(self, message: ChatMessage, received_at: Instant) -> Result[None, str]:
        if message.viewer.user_id in self._listeners.senders():
            if await self._listeners.ear.is_own(message):
                self._listeners.own_line(message)
                return Ok(None)
            with self._transactions.begin() as tx:
                self._see(tx, message)
        if not self._listeners.is_command(message.text):
            return Ok(None)
        return await self._listeners.answer(message, received_at)


def _told(result: Result[None, object]) -> Result[None, str]:
    return Err(type(result.error).__name__) if isinstance(result, Err) else Ok(None)
