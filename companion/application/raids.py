"""What the streamer may set about raids."""

from __future__ import annotations

from collections.abc import Callable

from companion.application.explain_actions import explain_raids
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.raids import RaidSettings, RaidsPort


class RaidActions:
    """Errors come as messages. `changed` is called after what changes the picture."""

    def __init__(self, *, raids: RaidsPort, changed: Callable[[], None]) -> None:
        self._raids = raids
        self._changed = changed

    def settings(self) -> RaidSettings:
        """The settings in force."""
        return self._raids.get_settings()

    async def save_settings(self, settings: RaidSettings) -> Result[RaidSettings, Message]:
        """Replace them."""
        done = await self._raids.set_settings(settings)
        self._changed()
        return done if isinstance(done, Ok) else Err(explain_raids(done.error))
