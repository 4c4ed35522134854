"""The last nets: whatever nobody caught is logged, scrubbed, and never lost in silence."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext, QtMsgType

_log = logging.getLogger("companion.faults")


def install_fault_handlers(crash_file: Path) -> None:
    """Exceptions of slots, threads and finalizers to the log; native crashes to `crash_file` (stacks, no values)."""
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable
    try:
        crash_file.parent.mkdir(parents=True, exist_ok=True)
        faulthandler.enable(file=crash_file.open("a", encoding="utf-8"))
    except OSError as error:
        _log.warning("no crash file can be written: %s", error)


def install_loop_handler(loop: asyncio.AbstractEventLoop) -> None:
    """Exceptions that reach the event loop itself."""
    loop.set_exception_handler(_loop_exception)


def install_qt_handler() -> None:
    """Qt's own messages."""
    from PySide6.QtCore import qInstallMessageHandler

    qInstallMessageHandler(_qt_message)


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    _log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        _log.critical("uncaught exception in a thread", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    _log.error("exception that could not be raised: %s", args.err_msg, exc_info=args.exc_value)


def _loop_exception(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    _log.error("event loop: %s", context.get("message"), exc_info=context.get("exception"))


def _qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    levels = {"QtDebugMsg": logging.DEBUG, "QtInfoMsg": logging.INFO, "QtWarningMsg": logging.WARNING}
    _log.log(levels.get(kind.name, logging.ERROR), "Qt: %s", text)
