"""Dialogs and forms, looked for where they should have opened."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QWidget

from tests.ui.conftest import settle

W = TypeVar("W", bound=QWidget)


def found(within: QWidget, kind: type[W]) -> W:
    """The first of this kind, once everything queued is delivered; fails without one."""
    settle()
    widget = within.findChild(kind)
    assert widget is not None, f"there is no {kind.__name__}"
    return widget
