"""Signing in: what the login window and the command line need of the providers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Result
from companion.ports.failures import NotAllowListed, PremiumRequired
from companion.ports.tokens import ClientRefused, PassingFailure, SignedIn


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """Twitch's device code grant under way: the person opens `verification_uri` and confirms `user_code`."""

    device_code: Redacted
    user_code: str
    verification_uri: str
    """Carries the code already; meant for the person's browser, never for a log."""
    expires_at: Instant
    interval: timedelta


@dataclass(frozen=True, slots=True)
class StillPending:
    """The person has not decided yet."""


@dataclass(frozen=True, slots=True)
class CodeDead:
    """Twitch does not know the device code (any more): used, expired or wrong."""


class TwitchSignIn(Protocol):
    """The device code grant of Twitch for a public client."""

    async def request_code(
        self, *, client_id: str, scopes: frozenset[str]
    ) -> Result[DeviceCode, ClientRefused | PassingFailure]:
        """Ask for a code; also the way a pasted client id is checked."""
        ...

    async def poll(
        self, *, client_id: str, scopes: frozenset[str], code: DeviceCode
    ) -> Result[SignedIn, StillPending | CodeDead | ClientRefused | PassingFailure]:
        """One poll; the caller keeps the interval and the deadline."""
        ...


@dataclass(frozen=True, slots=True)
class ListenerFailed:
    """No loopback port could be opened for the answer of the browser."""

    detail: str


@dataclass(frozen=True, slots=True)
class Denied:
    """The person pressed Cancel on the provider's page."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nobody came back from the browser within the time limit."""


SpotifySignInError: TypeAlias = (
    Denied | TimedOut | ClientRefused | PassingFailure | PremiumRequired | NotAllowListed | ListenerFailed
)


class PendingAuthorization(Protocol):
    """One attempt of Spotify's authorization code grant with PKCE, its loopback listener already open."""

    @property
    def authorize_url(self) -> str:
        """To be opened in the system browser."""
        ...

    @property
    def expires_at(self) -> Instant:
        """When the listener closes by itself (at most five minutes after the start)."""
        ...

    async def finish(self) -> Result[SignedIn, SpotifySignInError]:
        """Wait for the browser, exchange the code, read the account. Always closes the listener."""
        ...

    async def cancel(self) -> None:
        """Close the listener; a waiting `finish` answers `Denied`."""
        ...


class SpotifySignIn(Protocol):
    """The authorization code grant with PKCE of Spotify, on a loopback redirect."""

    async def begin(self, *, client_id: str, scopes: frozenset[str]) -> Result[PendingAuthorization, ListenerFailed]:
        """A fresh verifier, state and listener for every attempt."""
        ...
