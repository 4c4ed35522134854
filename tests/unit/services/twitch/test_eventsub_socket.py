"""The socket to EventSub: whatever the address is, opening it gives a value."""

from __future__ import annotations

import pytest

from companion.services.twitch.eventsub_socket import SocketEnded, open_socket


@pytest.mark.parametrize(
    "url",
    ["", "wss://127.0.0.1:99999/ws", "ws://127.0.0.1:port/ws?challenge=planted", "wss://[::1/ws"],
)
async def test_an_address_that_is_none_is_a_failed_connection(url: str) -> None:
    ended = await open_socket(url)
    assert isinstance(ended, SocketEnded)
    assert ended.code is None
    assert "planted" not in ended.detail
