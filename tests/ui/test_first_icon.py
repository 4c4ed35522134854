from __future__ import annotations

import subprocess
import sys

from companion.bootstrap.paths import resources_folder
from companion.ui.first_icon import show_first_icon
from companion.ui.tray import Tray
from tests.ui.conftest import Desk

HEAVY = ("sqlalchemy", "pydantic", "httpx", "websockets", "structlog", "keyring", "companion.application")


def test_the_tray_takes_over_the_icon_that_is_shown_already(desk: Desk) -> None:
    first = show_first_icon(resources_folder())
    assert first.toolTip() and not first.icon().isNull()
    tray = Tray(desk.ui.kit, icon=first, available=lambda: False)
    assert tray.icon is first and first.parent() is tray and first.contextMenu() is tray.menu
    tray.stop()


def test_the_first_icon_needs_nothing_that_takes_long_to_import() -> None:
    imports = "import sys, companion.bootstrap.launch, companion.ui.first_icon"
    look = f"{imports}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"
