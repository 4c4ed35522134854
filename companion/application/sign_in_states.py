"""Where a sign-in stands: what the login window and `companion login` show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from companion.application.messages import Message
from companion.kernel.instant import Instant
from companion.kernel.redacted import Redacted
from companion.ports.tokens import Account


@dataclass(frozen=True, slots=True)
class Idle:
    """No sign-in under way."""


@dataclass(frozen=True, slots=True)
class Starting:
    """The provider is being asked (for a code, or the listener opens)."""


@dataclass(frozen=True, slots=True)
class WaitingForCode:
    """Twitch: the person opens the address and confirms the code; counted down to `expires_at`."""

    user_code: str
    address: Redacted
    expires_at: Instant
    trouble: Message | None = None
    """A passing failure while polling; the wait goes on."""


@dataclass(frozen=True, slots=True)
class WaitingForBrowser:
    """Spotify: the person agrees in the browser; counted down to `expires_at`."""

    address: Redacted
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class ConfirmAccount:
    """Signed in as another account than the one this data belongs to."""

    known: Account
    offered: Account


@dataclass(frozen=True, slots=True)
class Finished:
    """Signed in. `session_only` when the keyring could not keep the login."""

    account: Account
    session_only: bool


SetUpStep: TypeAlias = Literal["client_id", "premium", "user_list"]
"""The step of the set-up that must be mended before another try can succeed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Over without a login; `mend` names the step of the set-up that is wrong, None when another try may do."""

    message: Message
    mend: SetUpStep | None = None


SignInState: TypeAlias = Idle | Starting | WaitingForCode | WaitingForBrowser | ConfirmAccount | Finished | Failed
