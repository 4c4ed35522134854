"""Pictures from the providers, asked of a callable and kept in memory only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from PySide6.QtGui import QImage

from companion.ui.bridge import Bridge

ImageLoader: TypeAlias = Callable[[str], Awaitable[bytes | None]]
"""Address -> bytes of the picture; None when there is none to be had. Never raises."""

_KEPT: Final = 32


class Images:
    """The newest pictures by address. A provider's picture is never written anywhere."""

    def __init__(self, *, load: ImageLoader, bridge: Bridge) -> None:
        self._load = load
        self._bridge = bridge
        self._known: dict[str, QImage] = {}
        self._waiting: dict[str, list[Callable[[str, QImage], None]]] = {}

    def get(self, address: str, then: Callable[[str, QImage], None]) -> QImage | None:
        """The picture if it is here; otherwise `then(address, picture)` is called once it has come, if it comes."""
        if address in self._known:
            return self._known[address]
        if address in self._waiting:
            self._waiting[address].append(then)
            return None
        self._waiting[address] = [then]

        async def fetch() -> bytes | None:
            return await self._load(address)

        self._bridge.run(fetch, "load picture", lambda data: self._arrived(address, data))
        return None

    def _arrived(self, address: str, data: bytes | None) -> None:
        waiting = self._waiting.pop(address, [])
        image = QImage.fromData(data) if data else QImage()
        if image.isNull():
            return
        self._known[address] = image
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        for then in waiting:
            then(address, image)
