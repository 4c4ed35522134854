"""The local server, as the application sees it."""

from __future__ import annotations

from typing import Protocol

from companion.application.snapshots import OverlayServerState
from companion.kernel.result import Result


class OverlayServer(Protocol):
    """Serves the overlay pages; its own state says how that goes."""

    def state(self) -> OverlayServerState:
        """The present state."""
        ...

    async def try_again(self) -> Result[int, object]:
        """Try the remembered port again."""
        ...

    async def move_to(self, port: int) -> Result[int, object]:
        """Take another port for good: every overlay address changes."""
        ...

    def renew_tokens(self) -> Result[None, object]:
        """New access tokens: every connection is cut."""
        ...
