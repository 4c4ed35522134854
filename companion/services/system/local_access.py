"""`local-access.json`: the two local tokens and the port, readable by this user only.

The overlay token opens pages and their feed (read only), the control token opens the control socket (everything).
Neither ever stands in the database, in a backup or in a log.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from companion.kernel.instant import Clock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.services.system.private_file import replace_private

FILE_NAME: Final = "local-access.json"
_TOKEN_PATTERN: Final = r"^[A-Za-z0-9_-]{32,128}$"
_log = logging.getLogger("companion.local_access")


@dataclass(frozen=True, slots=True)
class SetAside:
    """The file could not be read as ours; it was kept under `path` and new tokens were made.

    Every overlay address has changed by this: the person must be told.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class CannotStore:
    """The file cannot be written: the tokens live until Companion stops. `detail` holds no secret."""

    path: Path
    detail: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = Field(ge=1, le=1)
    overlay_token: str = Field(pattern=_TOKEN_PATTERN, repr=False)
    control_token: str = Field(pattern=_TOKEN_PATTERN, repr=False)
    port: int | None = Field(default=None, ge=1, le=65535)


def _fresh_token() -> str:
    return secrets.token_urlsafe(32)


class LocalAccess:
    """The tokens and the remembered port of one data directory.

    `set_aside` tells of a file that had to be replaced at opening, `problem` of the last failed write.
    """

    def __init__(self, directory: Path, *, clock: Clock, make_token: Callable[[], str] = _fresh_token) -> None:
        self._path = directory / FILE_NAME
        self._clock = clock
        self._make_token = make_token
        self.set_aside: SetAside | None = None
        self.problem: CannotStore | None = None
        content = self._read()
        self._content = content or self._new_content(port=None)
        if content is None:
            self._store()

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @property
    def overlay_token(self) -> Redacted:
        """Opens overlay pages and their feed."""
        return Redacted(self._content.overlay_token)

    @property
    def control_token(self) -> Redacted:
        """Opens the control socket."""
        return Redacted(self._content.control_token)

    @property
    def port(self) -> int | None:
        """The port that the overlay addresses name; None before the first start."""
        return self._content.port

    def remember_port(self, port: int) -> Result[None, CannotStore]:
        """Keep `port` (1..65535) for every later start."""
        if port == self._content.port:
            return Ok(None)
        self._content = self._content.model_copy(update={"port": port})
        return self._store()

    def renew(self) -> Result[None, CannotStore]:
        """Make both tokens anew; the old ones are wrong from this moment, even if the file cannot be written."""
        self._content = self._new_content(port=self._content.port)
        return self._store()

    def _new_content(self, *, port: int | None) -> _Content:
        return _Content(version=1, overlay_token=self._make_token(), control_token=self._make_token(), port=port)

    def _read(self) -> _Content | None:
        try:
            raw = self._path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            self._put_aside(f"it cannot be read ({error.strerror})")
            return None
        try:
            content = _Content.model_validate_json(raw)
        except ValidationError as error:
            fields = sorted({".".join(str(part) for part in item["loc"]) or "file" for item in error.errors()})
            self._put_aside("it is damaged at: " + ", ".join(fields))
            return None
        self._narrow()
        return content

    def _narrow(self) -> None:
        """A file that others could read (copied back from somewhere) is closed again."""
        if sys.platform == "win32":
            return
        try:
            if self._path.stat().st_mode & 0o077:
                self._path.chmod(0o600)
                _log.warning("local access file was readable by others, closed it")
        except OSError as error:
            _log.warning("local access file is readable by others and stays so (%s)", error.strerror)

    def _put_aside(self, reason: str) -> None:
        stamp = self._clock.now().strftime("%Y%m%dT%H%M%S%f")
        aside = self._path.with_name(f"{FILE_NAME}.broken-{stamp}")
        try:
            self._path.replace(aside)
        except OSError as error:
            reason = f"{reason}, and it cannot be moved ({error.strerror})"
        self.set_aside = SetAside(aside, reason)
        _log.warning("local access file set aside: %s", reason)

    def _store(self) -> Result[None, CannotStore]:
        text = json.dumps(self._content.model_dump(), indent=2) + "\n"
        try:
            replace_private(self._path, text.encode())
        except OSError as error:
            self.problem = CannotStore(self._path, error.strerror or type(error).__name__)
            _log.error("local access file cannot be written: %s", self.problem.detail)
            return Err(self.problem)
        self.problem = None
        return Ok(None)
