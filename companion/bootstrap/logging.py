"""Structured logs: JSON lines in a rotating file, short lines on standard error, secrets cut from both."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

from companion.kernel.redacted import Scrubber

FILE_SIZE = 2 * 1024 * 1024
FILES = 5
_CHATTY = ("httpx", "httpcore", "websockets", "asyncio", "qasync", "keyring", "sqlalchemy", "alembic", "aiohttp")
"""Libraries whose debug lines carry addresses, headers or frames: they speak up from warnings on."""


class ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """The one redaction step: it sees the finished line, tracebacks included."""

    def __init__(self, scrubber: Scrubber, *, renderer: structlog.typing.Processor) -> None:
        super().__init__(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.format_exc_info,
            ],
        )
        self._scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        return self._scrubber.scrub(super().format(record))


def configure_logging(
    *, folder: Path, level: str, scrubber: Scrubber, to_terminal: bool = True
) -> list[logging.Handler]:
    """Install the handlers on the root logger; the answer is what `close_logging` takes down again."""
    handlers: list[logging.Handler] = []
    if to_terminal and sys.stderr is not None:
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setFormatter(ScrubbingFormatter(scrubber, renderer=structlog.dev.ConsoleRenderer(colors=False)))
        handlers.append(terminal)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "companion.log", maxBytes=FILE_SIZE, backupCount=FILES, encoding="utf-8"
        )
    except OSError as error:
        # print, since a windowed bundle has no standard error.
        print(f"No log file can be written ({error.strerror}); the terminal has all lines.", file=sys.stderr)
    else:
        file.setFormatter(ScrubbingFormatter(scrubber, renderer=structlog.processors.JSONRenderer()))
        handlers.append(file)
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in handlers:
        root.addHandler(handler)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False
    return handlers


def close_logging(handlers: list[logging.Handler]) -> None:
    """Flush and remove the handlers."""
    for handler in handlers:
        logging.getLogger().removeHandler(handler)
        handler.close()
