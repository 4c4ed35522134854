"""The few settings that the application itself changes."""

from __future__ import annotations

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
