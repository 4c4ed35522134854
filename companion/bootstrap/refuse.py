"""A start that cannot go on: said where the person looks, in a window when there can be one."""

from __future__ import annotations

import asyncio
import sys

from companion.bootstrap.loop import make_application, run_with_window


def refuse(text: str, *, code: int, window: bool) -> int:
    """Write `text` to standard error and, with `window`, show it until it is closed. Answers `code`."""
    print(text, file=sys.stderr)  # a windowed bundle has no standard error, which only print forgives
    if window:
        _show(text)
    return code


def _show(text: str) -> None:
    application = make_application("companion")
    from PySide6.QtWidgets import QMessageBox

    async def main() -> int:
        closed = asyncio.Event()
        box = QMessageBox(QMessageBox.Icon.Warning, "Companion", text, QMessageBox.StandardButton.Close)
        box.finished.connect(lambda _: closed.set())
        box.open()
        await closed.wait()
        return 0

    run_with_window(application, main)
