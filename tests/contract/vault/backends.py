"""Keyring back ends written for tests: one that keeps, and some that do not behave."""

from __future__ import annotations

import threading

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class DictBackend(KeyringBackend):
    """Keeps everything in `kept`, refuses what Windows would refuse, and can be told to fail or to wait."""

    priority = 1.0

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.error: BaseException | None = None
        self.forgetful = False
        self.calls = 0
        self.at_once = 0
        self.most_at_once = 0
        self.answering = threading.Event()
        self.answering.set()

    def get_password(self, service: str, username: str) -> str | None:
        self._serve()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._serve()
        if len(password.encode("utf-16-le")) > 2560:
            raise OSError(1783, "The stub received bad data")
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._serve()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[service, username]

    def _serve(self) -> None:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.answering.wait()
        self.at_once -= 1
        if self.error is not None:
            raise self.error


class DismissedBackend(DictBackend):
    """The person dismisses every prompt."""

    def _serve(self) -> None:
        raise KeyringLocked("Failed to unlock the collection!")


class PlaintextKeyring(DictBackend):
    """Stands for `keyrings.alt.file.PlaintextKeyring`."""


PlaintextKeyring.__module__ = "keyrings.alt.file"
