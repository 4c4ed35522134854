"""The driver, over sockets and a timer that tests move by hand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio

from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import Forbidden, NoAccess, ServiceError
from companion.ports.twitch import EventSubStatus, StreamOnline
from companion.services.twitch.eventsub import EventSubClient
from companion.services.twitch.eventsub_socket import SocketEnded
from companion.services.twitch.subscriptions import ALL_SUBSCRIPTIONS, ExistingSubscription, SubscriptionRequest
from tests.fakes.clock import FakeClock
from tests.fakes.twitch import FakeReceiver, ManualTimer
from tests.unit.services.twitch import frames

LOGGER = logging.getLogger("companion.test")


class Socket:
    """A socket whose frames the test puts in."""

    def __init__(self) -> None:
        self._incoming: asyncio.Queue[str | bytes | SocketEnded] = asyncio.Queue()
        self.closed = False

    def put(self, *data: str | bytes | SocketEnded) -> None:
        for one in data:
            self._incoming.put_nowait(one)

    async def read(self) -> str | bytes | SocketEnded:
        return await self._incoming.get()

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.put(SocketEnded(1000, ""))

    @property
    def unread(self) -> int:
        return self._incoming.qsize()


class Network:
    """Opens sockets, at once or when a test lets it."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.sockets: list[Socket] = []
        self.open = asyncio.Event()
        self.open.set()
        self.given_up = 0
        self.refusal: SocketEnded | None = None

    async def __call__(self, url: str) -> Socket | SocketEnded:
        self.urls.append(url)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.refusal is not None:
            return self.refusal
        self.sockets.append(Socket())
        return self.sockets[-1]


class Api:
    """Every subscription succeeds, once the test lets it."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()

    def condition_of(self, request: SubscriptionRequest) -> Result[dict[str, str], NoAccess | Forbidden]:
        return Ok(request.condition_for("1"))

    async def create_subscription(self, request: SubscriptionRequest, *, session_id: str) -> Result[None, ServiceError]:
        await self.answers.wait()
        return Ok(None)

    async def list_subscriptions(self, type: str) -> Result[tuple[ExistingSubscription, ...], ServiceError]:
        return Ok(())

    async def delete_subscription(self, subscription_id: str) -> Result[None, ServiceError]:
        return Err(Forbidden("not expected here"))


class Rig:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.network = Network()
        self.api = Api()
        self.receiver = FakeReceiver()
        self.timer = ManualTimer()
        self.supervisor = TaskSupervisor(LOGGER)
        self.client = EventSubClient(
            url="wss://eventsub.test/ws",
            api=self.api,
            receiver=self.receiver,
            supervisor=self.supervisor,
            timer=self.timer,
            clock=clock,
            random=Random(1),
            logger=LOGGER,
            queue_limit=3,
            opener=self.network,
        )
        self.history: list[EventSubStatus] = []
        self.client.listen(self.history.append)

    async def connect(self) -> Socket:
        self.client.start()
        self.client.set_enabled(True)
        await settle()
        socket = self.network.sockets[-1]
        socket.put(frames.welcome())
        await settle()
        assert self.client.status().phase == "connected"
        return socket


async def settle() -> None:
    """Let everything that can run, run."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def rig(clock: FakeClock) -> AsyncIterator[Rig]:
    rig = Rig(clock)
    yield rig
    rig.receiver.may_go_on.set()
    await rig.client.stop(0.2)
    assert rig.supervisor.names() == ()
    assert all(socket.closed for socket in rig.network.sockets)


async def test_the_keepalive_is_asked_for(rig: Rig) -> None:
    await rig.connect()
    assert rig.network.urls == ["wss://eventsub.test/ws?keepalive_timeout_seconds=10"]


async def test_nothing_before_start_and_nothing_while_disabled(rig: Rig) -> None:
    rig.client.set_enabled(True)
    await settle()
    assert rig.network.urls == []
    rig.client.set_enabled(False)
    rig.client.start()
    rig.client.start()
    rig.client.reconnect_now()
    await settle()
    assert rig.network.urls == []
    assert rig.timer.delay is None


async def test_the_timer_is_the_watchdog(rig: Rig) -> None:
    socket = await rig.connect()
    assert rig.timer.delay == pytest.approx(12)
    rig.clock.advance(12)
    rig.timer.fire()
    await settle()
    assert socket.closed
    assert rig.client.status().phase == "waiting"
    delay = rig.timer.delay
    assert delay is not None and 0.8 <= delay <= 1.2
    rig.clock.advance(delay)
    rig.timer.fire()
    await settle()
    assert len(rig.network.sockets) == 2


async def test_a_timer_that_fires_early_does_no_harm(rig: Rig) -> None:
    await rig.connect()
    rig.clock.advance(11.999)
    rig.timer.fire()
    assert rig.client.status().phase == "connected"
    assert rig.timer.delay == pytest.approx(0.001, abs=1e-6)


async def test_after_a_held_up_loop_what_waits_unread_is_read_before_silence_is_judged(rig: Rig) -> None:
    socket = await rig.connect()
    rig.clock.advance(15)
    rig.timer.fire()
    assert rig.timer.delay == pytest.approx(0.2)
    socket.put(frames.keepalive())
    await settle()
    assert rig.client.status().phase == "connected"
    rig.clock.advance(15)
    rig.timer.fire()
    rig.clock.advance(0.2)
    rig.timer.fire()
    assert rig.client.status().phase == "waiting"


async def test_a_slow_receiver_stops_the_reading_and_loses_nothing(rig: Rig) -> None:
    socket = await rig.connect()
    rig.receiver.may_go_on.clear()
    socket.put(*(frames.stream_online(stream_id=str(number)) for number in range(10)))
    await settle()
    assert socket.unread > 5, "reading pauses at the limit"
    rig.clock.advance(60)
    rig.timer.fire()
    rig.timer.fire()
    assert rig.client.status().phase == "connected", "our own slowness is not Twitch's silence"
    rig.receiver.may_go_on.set()
    await settle()
    told = [told.stream_id for told in rig.receiver.notifications if isinstance(told, StreamOnline)]
    assert told == [str(number) for number in range(10)]


async def test_reading_goes_on_while_the_receiver_works(rig: Rig) -> None:
    socket = await rig.connect()
    rig.receiver.may_go_on.clear()
    socket.put(frames.stream_online(), frames.stream_offline(), frames.keepalive())
    await settle()
    assert socket.unread == 0
    assert rig.receiver.notifications == []


@pytest.mark.expected_logs("the receiver failed on Deliver")
async def test_a_receiver_with_a_bug_hears_the_next_message_all_the_same(rig: Rig) -> None:
    socket = await rig.connect()
    rig.receiver.bug = RuntimeError("a bug")
    socket.put(frames.stream_online(), frames.stream_offline())
    await settle()
    assert len(rig.receiver.notifications) == 2


async def test_other_subscriptions_are_asked_for_while_connected(rig: Rig) -> None:
    await rig.connect()
    rig.client.set_subscriptions(ALL_SUBSCRIPTIONS)
    await settle()
    assert set(rig.client.status().subscriptions) == {request.type for request in ALL_SUBSCRIPTIONS}
    assert len(rig.network.sockets) == 1


@pytest.mark.expected_logs("frame not understood")
async def test_a_full_buffer_lets_others_have_their_turn(rig: Rig) -> None:
    socket = await rig.connect()
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while rig.client.malformed_frames == 0:
            turns += 1
            await asyncio.sleep(0)

    socket.put(*(frames.keepalive() for _ in range(320)), "{")
    await take_turns()
    assert turns >= 10


async def test_an_opening_that_is_given_up_is_cancelled(rig: Rig) -> None:
    rig.network.open.clear()
    rig.client.start()
    rig.client.set_enabled(True)
    await settle()
    rig.client.set_enabled(False)
    await settle()
    assert rig.network.given_up == 1
    assert rig.client.status().phase == "off"
    assert rig.timer.delay is None


async def test_a_refused_handshake_shows_its_reason(rig: Rig) -> None:
    rig.network.refusal = SocketEnded(None, "the connection was refused with status 403")
    rig.client.start()
    rig.client.set_enabled(True)
    await settle()
    status = rig.client.status()
    assert (status.phase, status.reason) == ("waiting", "the connection was refused with status 403")
    assert status.retry_at is not None


async def test_listeners_hear_each_change_once(rig: Rig) -> None:
    await rig.connect()
    assert [status.phase for status in rig.history][-1] == "connected"
    assert all(one != other for one, other in zip(rig.history, rig.history[1:], strict=False))
    heard: list[EventSubStatus] = []
    forget = rig.client.listen(heard.append)
    forget()
    forget()
    rig.client.set_enabled(False, "signed out")
    assert heard == []
    assert rig.history[-1].reason == "signed out"


async def test_stop_delivers_what_was_received(rig: Rig) -> None:
    socket = await rig.connect()
    socket.put(frames.stream_online())
    await settle()
    socket.put(frames.stream_offline())
    rig.receiver.may_go_on.clear()
    await settle()
    asyncio.get_running_loop().call_later(0.02, rig.receiver.may_go_on.set)
    await rig.client.stop(2)
    assert len(rig.receiver.notifications) == 2


@pytest.mark.expected_logs("undelivered")
async def test_stop_does_not_wait_for_ever(rig: Rig) -> None:
    socket = await rig.connect()
    rig.receiver.may_go_on.clear()
    socket.put(frames.stream_online())
    await settle()
    async with asyncio.timeout(1):
        await rig.client.stop(0.1)
    assert rig.supervisor.names() == ()


async def test_stop_in_the_middle_of_subscribing(rig: Rig) -> None:
    rig.api.answers.clear()
    rig.client.start()
    rig.client.set_enabled(True)
    await settle()
    rig.network.sockets[0].put(frames.welcome())
    await settle()
    assert any(name.startswith("eventsub-subscribe") for name in rig.supervisor.names())
    async with asyncio.timeout(1):
        await rig.client.stop(5)
    assert rig.supervisor.names() == ()
    assert rig.timer.delay is None


async def test_a_supervisor_that_stops_leaves_nothing_running(rig: Rig) -> None:
    await rig.connect()
    rig.supervisor.close()
    assert await rig.supervisor.drain(1) == ()
    await rig.client.stop(0.1)


async def test_buffered_frames_of_the_old_socket_are_read_after_a_move(rig: Rig) -> None:
    old = await rig.connect()
    old.put(frames.reconnect("wss://else.test/ws"))
    await settle()
    new = rig.network.sockets[1]
    rig.receiver.may_go_on.clear()
    old.put(*(frames.stream_online(stream_id=str(number)) for number in range(8)))
    await settle()
    new.put(frames.welcome("session-2"))
    await settle()
    rig.clock.advance(6)
    rig.timer.fire()
    rig.timer.fire()
    rig.receiver.may_go_on.set()
    await settle()
    told = [told.stream_id for told in rig.receiver.notifications if isinstance(told, StreamOnline)]
    assert told == [str(number) for number in range(8)]


async def test_frames_do_not_move_the_timer_and_it_wakes_in_time_all_the_same(rig: Rig) -> None:
    socket = await rig.connect()
    rig.clock.advance(5)
    socket.put(frames.keepalive())
    await settle()
    assert rig.timer.delay == pytest.approx(12), "armed once, at the welcome"
    rig.clock.advance(7)
    rig.timer.fire()
    assert rig.client.status().phase == "connected"
    assert rig.timer.delay == pytest.approx(5)
    rig.clock.advance(5)
    rig.timer.fire()
    assert rig.client.status().phase == "waiting"
