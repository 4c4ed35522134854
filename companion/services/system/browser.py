"""Open an address in the person's browser, without Qt."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from companion.kernel.result import Err, Ok, Result

NOT_WEB = "Only web addresses can be opened in the browser."
NO_DESKTOP = "There is no desktop here to open a browser on. Open the address yourself."
NO_BROWSER = "The browser could not be opened. Copy the address and open it yourself."
_LIMIT = 10.0


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https with a host: nothing else is ever handed to the system."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url


def has_desktop(platform: str, environment: Mapping[str, str]) -> bool:
    """Without one, Linux would start a browser inside the terminal."""
    if platform in {"win32", "darwin"}:
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


async def open_address(url: str, *, opener: Callable[[str], bool] | None = None) -> Result[None, str]:
    """Open `url`; the error is a sentence for the person. Waits at most 10 s, and never on the loop's thread.

    `opener` stands in for the system's browser; it may block.
    """
    if not is_web_address(url):
        return Err(NOT_WEB)
    if opener is None and not has_desktop(sys.platform, os.environ):
        return Err(NO_DESKTOP)
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[bool] = loop.create_future()

    def settle(answer: bool) -> None:
        if not opened.done():
            opened.set_result(answer)

    def work() -> None:
        try:
            answer = (opener or webbrowser.open)(url)
        except (webbrowser.Error, OSError):
            answer = False
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer)

    threading.Thread(target=work, name="browser", daemon=True).start()
    await asyncio.wait({opened}, timeout=_LIMIT)
    # Some browsers keep the call until they are closed: that is open, too.
    return Ok(None) if not opened.done() or opened.result() else Err(NO_BROWSER)
