"""A start that cannot go on: said where the person looks, in a window when there can be one."""

from __future__ import annotations

import asyncio
import sys

from companion.bootstrap.loop import make_application, run_with_window


def refuse(text: str, *, code: int, window: bool) -> int:
    """Write `text` to standard error and, with `window`, show it until it is closed. Answers `code`."""
    if not window:
        print(text, file=sys.stderr)  # a windowed bundle has no standard error, which only print forgives
        return code
    return run_with_window(make_application("companion"), lambda: refuse_in_window(text, code=code))


async def refuse_in_window(text: str, *, code: int) -> int:
    """The same where Qt's loop runs already."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    print(text, file=sys.stderr)  # as above
    closed = asyncio.Event()
    box = QMessageBox(QMessageBox.Icon.Warning, "Companion", text, QMessageBox.StandardButton.Close)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.finished.connect(lambda _: closed.set())
    box.open()
    await closed.wait()
    return code
