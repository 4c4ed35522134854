"""Parts of the machine that some tests cannot do without: skipped with the reason where missing, failed in CI."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

BROWSER_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
BROWSER_FILES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ADVICE = "`python3 packaging/bootstrap.py test` brings it where it can"


def missing(what: str) -> NoReturn:
    """End the test: it needs `what`, which this machine does not have."""
    text = f"needs {what}; {ADVICE}"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(text)
    pytest.skip(text)


def chromium() -> Path:
    """The browser's executable."""
    for name in BROWSER_COMMANDS:
        if found := shutil.which(name):
            return Path(found)
    for file in BROWSER_FILES:
        if Path(file).exists():
            return Path(file)
    missing("Chromium or Chrome")


def x_display() -> str:
    """The number of an X display (`:7`), for tests that need real windows."""
    if not sys.platform.startswith("linux") or not (display := os.environ.get("DISPLAY")):
        missing("an X display")
    return display


def secret_service() -> None:
    """An unlocked Secret Service that belongs to this test run."""
    if os.environ.get("COMPANION_TEST_KEYRING") != "secret-service":
        missing("a Secret Service of its own")
