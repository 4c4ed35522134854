from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest

from companion.kernel.result import Err, Ok
from companion.services.overlay.port_holder import find_holder, parse_netstat
from companion.services.overlay.port_keeper import (
    CannotListen,
    PortKeeper,
    PortTaken,
    free_port_after,
    open_listener,
)
from companion.services.overlay.problems import port_problem
from tests.fakes.clock import FakeClock

NETSTAT = """
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    127.0.0.1:1780         0.0.0.0:0              ABHÖREN         11
  TCP    127.0.0.1:54000        127.0.0.1:17800        HERGESTELLT     4242
  TCP    127.0.0.1:17800        127.0.0.1:54000        HERGESTELLT     4343
  TCP    0.0.0.0:17800          0.0.0.0:0              ABHÖREN         4711
"""


def test_the_listening_line_is_found_in_any_language() -> None:
    assert parse_netstat(NETSTAT, 17800) == 4711
    assert parse_netstat(NETSTAT, 17801) is None
    assert parse_netstat("", 17800) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_the_holder_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        named = await find_holder(port)

    assert named is not None
    assert named.endswith(f"(process {os.getpid()})")
    assert await find_holder(port) is None
    await asyncio.get_running_loop().shutdown_default_executor()


def test_a_bound_port_is_taken_and_another_one_is_offered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert open_listener("127.0.0.1", port) == Err(PortTaken(port, None, None))
        offered = free_port_after("127.0.0.1", port)

    assert offered is not None
    assert offered > port


def test_an_address_that_is_not_ours_cannot_be_listened_on() -> None:
    assert isinstance(open_listener("203.0.113.1", 17800), Err)
    opened = open_listener("127.0.0.1", 70_000)
    assert isinstance(opened, Err)
    assert isinstance(opened.error, CannotListen)


async def test_a_port_that_becomes_free_in_time_is_taken() -> None:
    clock, told, slept = FakeClock(), [], []
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.advance(seconds)
        if len(slept) == 4:
            server.close()

    async def holder(_port: int) -> str | None:
        raise AssertionError("nobody is to be blamed")

    keeper = PortKeeper(host="127.0.0.1", clock=clock, sleep=sleep, find_holder=holder)
    opened = await keeper.acquire(port, waiting=lambda: told.append(1))

    assert isinstance(opened, Ok)
    opened.value.close()
    assert told == [1]
    assert len(slept) == 4


@pytest.mark.parametrize(
    ("error", "title", "advice"),
    [
        (
            PortTaken(17800, "obs (process 7)", 17801),
            "Port 17800 is taken: obs (process 7) uses it.",
            "Close that program and press Try again, or Move to 17801 (the overlay addresses change).",
        ),
        (
            PortTaken(17800, None, None),
            "Port 17800 is taken: Another program uses it.",
            "Close that program and press Try again.",
        ),
    ],
)
def test_the_problem_names_the_holder_and_the_buttons(error: PortTaken, title: str, advice: str) -> None:
    message = port_problem(error)

    assert (message.title, message.advice) == (title, advice)


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_every_ipv6_address_and_loopback_share_a_port() -> None:
    everywhere = open_listener("::", 0)
    if isinstance(everywhere, Err):
        pytest.skip("IPv6 is switched off here")
    with everywhere.value as first:
        loopback = open_listener("127.0.0.1", first.getsockname()[1])
        assert isinstance(loopback, Ok)
        loopback.value.close()
