"""What every widget is handed: the look, the time, and the way to the application."""

from __future__ import annotations

from dataclasses import dataclass

from companion.application.window import Application
from companion.kernel.instant import Clock
from companion.ui.bridge import Bridge
from companion.ui.icons import Icons
from companion.ui.images import Images
from companion.ui.theme import Theme


@dataclass(frozen=True)
class Kit:
    """One per user interface."""

    theme: Theme
    icons: Icons
    clock: Clock
    bridge: Bridge
    images: Images

    @property
    def app(self) -> Application:
        """The application, for what does not wait."""
        return self.bridge.app
