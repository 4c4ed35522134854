"""The EventSub client against the simulated Twitch: every fault that its sockets and its Helix can have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from companion.kernel.tasks import TaskSupervisor
from companion.ports.twitch import EventSubStatus, StreamOffline, StreamOnline
from companion.services.http import HttpCaller
from companion.services.twitch.eventsub import EventSubClient
from companion.simulator.testing import PUBLIC_CLIENT_ID, RunningSimulator
from tests.contract.twitch.clients import LOGGER, eventsub_client, twitch_service
from tests.fakes.twitch import FakeReceiver, FakeTokenSource


class Line:
    """A client on its simulator, with its receiver and the history of its states."""

    def __init__(self, sim: RunningSimulator, http: HttpCaller) -> None:
        self.sim = sim
        self.receiver = FakeReceiver()
        self.tokens = FakeTokenSource(sim.login_twitch().access_token, client_id=PUBLIC_CLIENT_ID)
        self.supervisor = TaskSupervisor(LOGGER)
        self.api = twitch_service(sim, http, self.tokens)
        self.client = self.another()
        self.history: list[EventSubStatus] = []
        self._changed = asyncio.Event()
        self.client.listen(self._note)

    def another(self) -> EventSubClient:
        return eventsub_client(self.sim, self.api, self.receiver, self.supervisor)

    def _note(self, status: EventSubStatus) -> None:
        self.history.append(status)
        self._changed.set()

    async def until(self, condition: Callable[[EventSubStatus], bool], limit: float = 10.0) -> EventSubStatus:
        async with asyncio.timeout(limit):
            while not condition(self.client.status()):
                self._changed.clear()
                await self._changed.wait()
        return self.client.status()

    async def connect(self) -> None:
        await self.connect_after(0)

    async def connect_after(self, gaps: int) -> None:
        """Start; `gaps` were reported before."""
        self.client.start()
        self.client.set_enabled(True)
        await self.connected(gaps=gaps + 1)

    async def connected(self, *, gaps: int) -> None:
        """Wait until it is connected and the receiver was told of so many gaps."""
        await self.receiver.wait_until(lambda: len(self.receiver.gaps) >= gaps)
        await self.until(lambda status: status.subscriptions == ("stream.online", "stream.offline"))
        assert self.client.status().phase == "connected"
        assert len(self.receiver.gaps) == gaps

    async def connect_in_trouble(self) -> None:
        """Start; each subscription that comes late ends a gap of its own, so there may be more than one."""
        self.client.start()
        self.client.set_enabled(True)
        await self.until(lambda status: status.subscriptions == ("stream.online", "stream.offline"))
        await self.receiver.wait_until(lambda: len(self.receiver.gaps) >= 1)

    async def hears(self) -> None:
        """A stream goes on air and off again: both are told, once."""
        before = len(self.receiver.notifications)
        await self.sim.go_online()
        await self.sim.go_offline()
        await self.receiver.wait_until(lambda: len(self.receiver.notifications) >= before + 2)
        online, offline = self.receiver.notifications[before:]
        assert isinstance(online, StreamOnline) and isinstance(offline, StreamOffline)


@pytest_asyncio.fixture
async def line(sim: RunningSimulator, http: HttpCaller) -> AsyncIterator[Line]:
    line = Line(sim, http)
    yield line
    await line.client.stop()
    assert line.supervisor.names() == ()


async def test_connects_only_when_enabled(line: Line) -> None:
    line.client.start()
    assert line.client.status().phase == "off"
    assert line.sim.count("eventsub.connects") == 0
    line.client.set_enabled(True)
    await line.connected(gaps=1)
    assert line.receiver.gaps[0].since is None
    offset = line.client.status().clock_offset
    assert offset is not None and abs(offset.total_seconds()) < 2
    await line.hears()


async def test_the_notification_carries_what_twitch_said(line: Line) -> None:
    await line.connect()
    await line.sim.go_online(stream_id="9001")
    await line.receiver.wait_until(lambda: bool(line.receiver.notifications))
    (online,) = line.receiver.notifications
    assert isinstance(online, StreamOnline)
    assert online.stream_id == "9001"


async def test_a_resend_is_told_once(line: Line) -> None:
    await line.connect()
    await line.sim.go_online()
    assert await line.sim.resend() == 1
    await line.sim.go_offline()
    await line.receiver.wait_until(lambda: len(line.receiver.notifications) >= 2)
    assert [type(told) for told in line.receiver.notifications] == [StreamOnline, StreamOffline]


async def test_keepalives_keep_it_alive(line: Line) -> None:
    await line.connect()
    await asyncio.sleep(4.5)
    assert line.client.status().phase == "connected"
    assert line.sim.count("eventsub.connects") == 1


async def test_a_dropped_socket(line: Line) -> None:
    await line.connect()
    await line.sim.fault("socket_dropped")
    await line.connected(gaps=2)
    assert line.receiver.gaps[1].since is not None
    await line.hears()


async def test_silent_keepalives(line: Line) -> None:
    await line.connect()
    await line.sim.fault("keepalives_silent")
    await line.until(lambda status: status.phase == "waiting")
    assert line.client.status().reason == "Twitch fell silent"
    line.sim.clear_faults()
    await line.connected(gaps=2)
    await line.hears()


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007])
async def test_every_close_code(line: Line, code: int) -> None:
    await line.connect()
    await line.sim.fault("close", code=code)
    await line.connected(gaps=2)
    await line.hears()


async def test_a_reconnect_is_seamless(line: Line) -> None:
    await line.connect()
    made = line.sim.count("helix.POST /eventsub/subscriptions")
    await line.sim.go_online()
    await line.sim.fault("reconnect")
    while line.sim.count("eventsub.connects") < 2 or len(line.sim.hub.sessions) > 1:
        await asyncio.sleep(0.02)
    await line.sim.go_offline()
    await line.receiver.wait_until(lambda: len(line.receiver.notifications) >= 2)
    assert len(line.receiver.gaps) == 1
    assert line.sim.count("helix.POST /eventsub/subscriptions") == made
    assert {status.phase for status in line.history[-3:]} <= {"connected", "connecting"}
    await asyncio.sleep(2.5)  # beyond the grace, in which an old socket would be closed with 4004
    assert line.client.status().phase == "connected"
    assert len(line.receiver.gaps) == 1


async def test_a_reconnect_whose_old_socket_dies_early(line: Line) -> None:
    await line.connect()
    await line.sim.fault("reconnect", old_dies_early=True)
    await line.connected(gaps=2)
    await line.hears()


@pytest.mark.expected_logs("withdrew")
async def test_a_revocation(line: Line) -> None:
    await line.connect()
    await line.sim.fault("revocation", kind="user_removed", subscription_type="stream.online")
    await line.receiver.wait_until(lambda: ("stream.online", "user_removed") in line.receiver.told)
    status = line.client.status()
    assert (status.phase, status.subscriptions) == ("connected", ("stream.offline",))
    assert status.failed_subscriptions[0][0] == "stream.online"


@pytest.mark.expected_logs("withdrew")
async def test_a_revocation_that_asking_again_mends(line: Line) -> None:
    await line.connect()
    await line.sim.fault("revocation", kind="beta_maintenance")
    await line.until(lambda status: status.subscriptions == ())
    await line.until(lambda status: len(status.subscriptions) == 2)
    await line.receiver.wait_until(lambda: len(line.receiver.gaps) >= 2)
    await line.hears()


async def test_orphans_of_a_dead_session_are_deleted(line: Line) -> None:
    await line.connect()
    await line.sim.fault("orphans")
    await line.sim.fault("socket_dropped")
    await line.connected(gaps=2)
    assert line.sim.count("helix.DELETE /eventsub/subscriptions") == 2
    await line.hears()


async def test_a_second_start_after_a_crash_finds_its_orphans(line: Line) -> None:
    first = line.another()
    first.start()
    first.set_enabled(True)
    await line.receiver.wait_until(lambda: len(line.receiver.gaps) == 1)
    await line.sim.fault("orphans")
    await first.stop()
    await line.connect_after(1)
    await line.hears()


@pytest.mark.expected_logs("not subscribed")
async def test_a_burst_of_401_while_subscribing(line: Line) -> None:
    await line.sim.fault("unauthorized_burst", provider="twitch", path="/twitch/helix", times=3)
    await line.connect_in_trouble()
    await line.hears()


@pytest.mark.expected_logs("not subscribed")
async def test_429_while_subscribing(line: Line) -> None:
    await line.sim.fault("rate_limited", provider="twitch", path="/twitch/helix", seconds=1, times=1)
    await line.connect_in_trouble()
    await line.hears()


@pytest.mark.expected_logs("not subscribed")
@pytest.mark.parametrize("name", ["malformed", "proxy_html", "server_error", "request_lost"])
async def test_helix_in_trouble_while_subscribing(line: Line, name: str) -> None:
    await line.sim.fault(name, provider="twitch", path="/twitch/helix", times=2)
    await line.connect_in_trouble()
    await line.hears()


@pytest.mark.expected_logs("not subscribed")
async def test_an_answer_that_was_lost_is_found_to_be_ours(line: Line) -> None:
    await line.sim.fault("answer_lost", provider="twitch", path="/twitch/helix/eventsub", times=1)
    await line.connect_in_trouble()
    assert line.sim.count("helix.DELETE /eventsub/subscriptions") == 0
    await line.hears()


@pytest.mark.expected_logs("not subscribed")
async def test_a_session_that_gets_no_subscription_is_never_called_connected(line: Line) -> None:
    await line.sim.fault("server_error", provider="twitch", path="/twitch/helix", times=None)
    line.client.start()
    line.client.set_enabled(True)
    status = await line.until(lambda status: status.phase == "waiting")
    assert status.reason == "nothing was subscribed in time"
    assert "connected" not in {status.phase for status in line.history}
    line.sim.clear_faults()
    line.client.reconnect_now()
    await line.connected(gaps=1)


@pytest.mark.expected_logs("not understood")
@pytest.mark.parametrize("kind", ["broken_json", "missing_fields", "binary", "wrong_types"])
async def test_malformed_frames(line: Line, kind: str) -> None:
    await line.connect()
    await line.sim.fault("malformed", target="socket", kind=kind)
    await line.hears()
    assert line.client.malformed_frames == 1
    assert line.sim.count("eventsub.connects") == 1


async def test_an_unknown_message_type(line: Line) -> None:
    await line.connect()
    await line.sim.fault("malformed", target="socket", kind="unknown_type")
    await line.hears()
    assert line.client.malformed_frames == 0


async def test_a_proxy_page_instead_of_a_handshake(line: Line) -> None:
    await line.sim.fault("proxy_html", provider="twitch", path="/twitch/eventsub", status=403, times=1)
    line.client.start()
    line.client.set_enabled(True)
    status = await line.until(lambda status: status.phase == "waiting")
    assert status.reason == "the connection was refused with status 403"
    await line.connected(gaps=1)


async def test_a_slow_receiver_loses_nothing_and_keeps_the_order(line: Line) -> None:
    await line.connect()
    line.receiver.may_go_on.clear()
    for _ in range(5):
        await line.sim.go_online()
        await line.sim.go_offline()
    await asyncio.sleep(1.5)
    assert line.receiver.notifications == []
    assert line.client.status().phase == "connected"
    line.receiver.may_go_on.set()
    await line.receiver.wait_until(lambda: len(line.receiver.notifications) >= 10)
    assert [type(told) for told in line.receiver.notifications] == [StreamOnline, StreamOffline] * 5


async def test_signed_out_and_in_again(line: Line) -> None:
    await line.connect()
    line.client.set_enabled(False, "signed out")
    assert (line.client.status().phase, line.client.status().reason) == ("off", "signed out")
    await line.sim.go_online()
    line.client.set_enabled(True)
    await line.connected(gaps=2)
    assert line.receiver.gaps[1].reason == "signed out"


async def test_reconnect_now_and_stop_twice(line: Line) -> None:
    await line.connect()
    line.client.reconnect_now()
    await line.connected(gaps=2)
    await line.client.stop()
    await line.client.stop()
    assert line.client.status().phase == "off"
    while line.sim.hub.sessions:
        await asyncio.sleep(0.02)
    line.client.start()
    await line.connected(gaps=3)
