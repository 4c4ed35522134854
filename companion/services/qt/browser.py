"""Open an address in the person's browser, the way the desktop wants it."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from companion.kernel.result import Err, Ok, Result

NOT_WEB = "Only web addresses can be opened in the browser."
NO_BROWSER = "The browser could not be opened. Copy the address and open it yourself."


async def open_address(url: str) -> Result[None, str]:
    """Open `url` (http and https only); the error is a sentence for the person.

    On the window's thread, where Qt wants it: Qt hands the address to the desktop and does not wait for the browser.
    """
    address = QUrl(url, QUrl.ParsingMode.StrictMode)
    if not address.isValid() or address.scheme() not in {"http", "https"} or not address.host():
        return Err(NOT_WEB)
    return Ok(None) if QDesktopServices.openUrl(address) else Err(NO_BROWSER)
