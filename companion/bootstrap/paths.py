"""Where things are: the data folder of this run, and the resources of this installation."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Paths:
    """All files of one run live below `data`."""

    data: Path

    @property
    def settings(self) -> Path:
        """The one settings file."""
        return self.data / "settings.toml"

    @property
    def database(self) -> Path:
        """The database."""
        return self.data / "companion.db"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.data / "backups"

    @property
    def logs(self) -> Path:
        """Logs and crash output."""
        return self.data / "logs"

    @property
    def waiting_pages(self) -> Path:
        """Local files for browser sources that open before Companion."""
        return self.data / "overlays"

    @property
    def simulator(self) -> Path:
        """The world of the demo's simulator."""
        return self.data / "simulator"


def data_folder(*, chosen: Path | None, demo: bool) -> Path:
    """The chosen folder, else the system's usual place; the demo has one of its own."""
    if chosen is not None:
        return chosen.expanduser().resolve()
    return Path(platformdirs.user_data_dir("Companion Demo" if demo else "Companion", appauthor=False))


def resources_folder() -> Path:
    """Icons, style and overlay pages, in a source tree, an installed wheel or a frozen bundle."""
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        return Path(bundle) / "companion" / "_resources"
    package = Path(__file__).resolve().parent.parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"
