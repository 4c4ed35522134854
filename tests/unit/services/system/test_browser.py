"""Opening addresses without Qt."""

from __future__ import annotations

import threading
import webbrowser

import pytest

from companion.kernel.result import Err, Ok
from companion.services.system.browser import NO_BROWSER, NO_DESKTOP, NOT_WEB, has_desktop, open_address


async def test_opened_off_the_loops_thread() -> None:
    seen: list[tuple[str, bool]] = []

    def opener(url: str) -> bool:
        seen.append((url, threading.current_thread() is threading.main_thread()))
        return True

    assert await open_address("https://example.test/a?b=c", opener=opener) == Ok(None)
    assert seen == [("https://example.test/a?b=c", False)]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://x/",
        "",
        "https://",
        "https://a b/",
        "https://[x",
        "-h",
        "http:x",
    ],
)
async def test_only_web_addresses(url: str) -> None:
    assert await open_address(url, opener=lambda _: pytest.fail("opened")) == Err(NOT_WEB)


async def test_no_browser() -> None:
    def broken(url: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    assert await open_address("https://example.test", opener=broken) == Err(NO_BROWSER)
    assert await open_address("https://example.test", opener=lambda _: False) == Err(NO_BROWSER)


async def test_without_a_desktop_no_terminal_browser_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert await open_address("https://example.test") == Err(NO_DESKTOP)


@pytest.mark.parametrize(
    "platform, environment, there",
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_where_a_desktop_is(platform: str, environment: dict[str, str], there: bool) -> None:
    assert has_desktop(platform, environment) is there
