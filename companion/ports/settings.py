"""The few settings that the application itself changes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from companion.kernel.result import Result
from companion.ports.tokens import Provider


class ClientIds(Protocol):
    """The client ids of the streamer's own apps, in the settings file."""

    def get(self, provider: Provider) -> str:
        """The client id in force, "" when none is set."""
        ...

    def save(self, provider: Provider, client_id: str) -> Result[None, str]:
        """Write it to the settings file; the error says why it could not be written."""
        ...


class TwitchFeatures(Protocol):
    """Which of Twitch's permissions are asked for, by feature, in the settings file."""

    def on(self) -> Collection[str]:
        """The features that are switched on."""
        ...

    def switch(self, name: str, *, on: bool) -> Result[None, str]:
        """Write it to the settings file; the next sign-in asks accordingly. The error says why it was not written."""
        ...
