"""Covers and profile pictures for the window: fetched once, kept in memory only, from known hosts only."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection
from urllib.parse import urlsplit

from companion.kernel.result import Err
from companion.services.http import HttpCaller

PROVIDER_HOSTS = frozenset({"i.scdn.co", "static-cdn.jtvnw.net"})
"""Where Spotify serves covers and account pictures, and Twitch profile pictures."""
KEPT = 32
LARGEST = 2 * 1024 * 1024


class Images:
    """A small cache before the network. Spotify forbids keeping artwork for long, so nothing goes to disk."""

    def __init__(self, *, http: HttpCaller, logger: logging.Logger, also_from: Collection[str] = ()) -> None:
        self._http = http
        self._logger = logger
        self._origins = frozenset(also_from)
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def load(self, address: str) -> bytes | None:
        """The picture's bytes; None for a foreign address or any failure. Never raises."""
        if address in self._kept:
            self._kept.move_to_end(address)
            return self._kept[address]
        if not self._allowed(address):
            return None
        answer = await self._http.send("GET", address)
        if isinstance(answer, Err) or answer.value.status != 200 or len(answer.value.body) > LARGEST:
            self._logger.debug("a picture could not be loaded")
            return None
        self._kept[address] = answer.value.body
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answer.value.body

    def _allowed(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
        except ValueError:  # half an IPv6 address
            return False
        if f"{parts.scheme}://{parts.netloc}" in self._origins:
            return True
        return parts.scheme == "https" and parts.hostname in PROVIDER_HOSTS
