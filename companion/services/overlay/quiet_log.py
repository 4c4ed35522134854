"""A logger for the websockets library that says little and never an address: addresses carry tokens.

The library logs request lines at DEBUG and every failed handshake at ERROR with its exception, which can quote the
request line; anything on this machine that knocks at the port would fill the log.
"""

from __future__ import annotations

import logging


class _Quiet(logging.Filter):
    def __init__(self, parent: logging.Logger) -> None:
        super().__init__()
        self._parent = parent

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return False
        if record.msg != "connection handler failed":  # that one is ours: a bug, kept with its traceback
            error = record.exc_info[1] if record.exc_info else None
            cause = f" ({type(error).__name__})" if error is not None else ""
            self._parent.debug("%s%s", record.getMessage(), cause)
            return False
        return True


def quiet_logger(parent: logging.Logger) -> logging.Logger:
    """A child of `parent`; its level is fixed, so that the library never switches its own debugging on."""
    logger = parent.getChild("sockets")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_Quiet(parent))
    return logger
