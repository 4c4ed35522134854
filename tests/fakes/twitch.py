"""Twitch in memory: the ports of `companion.ports` that its services fill, and the parties beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from companion.kernel.instant import Clock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NoAccess, NotConfigured, ServiceError, TokenError
from companion.ports.sign_in import CodeDead, DeviceCode, StillPending
from companion.ports.tokens import (
    AccessToken,
    Account,
    ClientRefused,
    GrantEnded,
    PassingFailure,
    RefreshError,
    SignedIn,
    TokenGrant,
    TokenRejected,
    TokenStatus,
    Validation,
)
from companion.ports.twitch import Gap, LiveStream, Notification, StreamAnswer

STREAMER = Account("900100", "lanternharbor", "LanternHarbor", "http://pictures.test/1.png", "affiliate")
LIFETIME = timedelta(seconds=14_400)


class FakeTwitchApi:
    """`TwitchApi` over a stream and an account that tests set. `error`, while set, answers every call."""

    def __init__(self, clock: Clock, *, account: Account | None = STREAMER) -> None:
        self._clock = clock
        self.account = account
        self.stream: LiveStream | None = None
        self.error: ServiceError | None = None
        self.calls: list[str] = []

    async def get_stream(self) -> Result[StreamAnswer, ServiceError]:
        self.calls.append("get_stream")
        if (error := self._refusal()) is not None:
            return Err(error)
        return Ok(StreamAnswer(self.stream, self._clock.now()))

    async def get_account(self) -> Result[Account, ServiceError]:
        self.calls.append("get_account")
        if (error := self._refusal()) is not None:
            return Err(error)
        assert self.account is not None
        return Ok(self.account)

    def _refusal(self) -> ServiceError | None:
        return self.error or (NoAccess(NotConfigured()) if self.account is None else None)


class FakeTokenSource:
    """`TokenSource` with a token that tests replace. A `rejected` current token is replaced once, as in earnest."""

    def __init__(self, token: str = "token-1", *, client_id: str = "client", scopes: Iterable[str] = ()) -> None:
        self.client_id = client_id
        self.token: str | None = token
        self.scopes = frozenset(scopes)
        self.error: TokenError = NotConfigured()
        self.renewals: list[str] = []
        """What the next refreshes give; when used up, a refresh keeps the token."""
        self.refreshes = 0

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, TokenError]:
        if self.token is None:
            return Err(self.error)
        if rejected is not None and rejected.value.reveal() == self.token:
            self.refreshes += 1
            if self.renewals:
                self.token = self.renewals.pop(0)
        return Ok(AccessToken(Redacted(self.token), self.client_id))

    def status(self) -> TokenStatus:
        return TokenStatus(
            provider="twitch",
            phase="authorized" if self.token is not None else "not_configured",
            reason=None,
            since=None,
            account=STREAMER if self.token is not None else None,
            scopes=self.scopes,
            missing_scopes=frozenset(),
            expires_at=None,
            authorized_at=None,
            reauthorize_by=None,
            warn_reauthorize=False,
            session_only=False,
            vault_error=None,
            refreshing=False,
            consecutive_failures=0,
            next_attempt_at=None,
            last_failure=None,
        )


@dataclass
class _Code:
    client_id: str
    scopes: frozenset[str]
    decision: bool | None = None
    used: bool = False


@dataclass
class _Login:
    client_id: str
    scopes: frozenset[str]
    access: set[str] = field(default_factory=set)


class FakeTwitchAuth:
    """`AuthorizationServer` and `TwitchSignIn`: single-use refresh tokens, codes that a test approves or denies.

    `outage`, while set, answers everything; `clients` are the client ids that are known and Public.
    """

    def __init__(self, clock: Clock, *, clients: Iterable[str] = ("client",), account: Account = STREAMER) -> None:
        self._clock = clock
        self._clients = frozenset(clients)
        self._account = account
        self._numbers = 0
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, _Login] = {}
        self._access: dict[str, _Login] = {}
        self.outage: PassingFailure | None = None
        self.calls: list[str] = []

    # ---- what tests do

    def log_in(self, *, client_id: str = "client", scopes: Iterable[str] = ()) -> TokenGrant:
        """A ready login."""
        return self._issue(_Login(client_id, frozenset(scopes)))

    def decide(self, code: str, *, approve: bool) -> None:
        """The person presses Authorize or Cancel for a device code."""
        self._codes[code].decision = approve

    def end_everything(self) -> None:
        """The person disconnects the application."""
        self._access.clear()
        self._refresh.clear()

    # ---- AuthorizationServer

    async def refresh(self, *, client_id: str, refresh_token: Redacted) -> Result[TokenGrant, RefreshError]:
        self.calls.append("refresh")
        if (refusal := self._refusal(client_id)) is not None:
            return Err(refusal)
        login = self._refresh.pop(refresh_token.reveal(), None)
        if login is None or login.client_id != client_id:
            return Err(GrantEnded("Invalid refresh token"))
        return Ok(self._issue(login))

    async def validate(self, access_token: Redacted) -> Result[Validation, TokenRejected | PassingFailure]:
        self.calls.append("validate")
        if self.outage is not None:
            return Err(self.outage)
        login = self._access.get(access_token.reveal())
        if login is None:
            return Err(TokenRejected())
        return Ok(Validation(login.client_id, self._account.user_id, self._account.login, login.scopes, LIFETIME))

    async def revoke(self, *, client_id: str, access_token: Redacted) -> Result[None, PassingFailure]:
        self.calls.append("revoke")
        if self.outage is not None:
            return Err(self.outage)
        self._access.pop(access_token.reveal(), None)
        return Ok(None)

    # ---- TwitchSignIn

    async def request_code(
        self, *, client_id: str, scopes: frozenset[str]
    ) -> Result[DeviceCode, ClientRefused | PassingFailure]:
        self.calls.append("request_code")
        if (refusal := self._refusal(client_id)) is not None:
            return Err(refusal)
        code = self._next("device")
        self._codes[code] = _Code(client_id, scopes)
        return Ok(
            DeviceCode(
                device_code=Redacted(code),
                user_code=code.upper(),
                verification_uri=f"http://twitch.test/activate?device-code={code}",
                expires_at=self._clock.now() + timedelta(minutes=30),
                interval=timedelta(seconds=5),
            )
        )

    async def poll(
        self, *, client_id: str, scopes: frozenset[str], code: DeviceCode
    ) -> Result[SignedIn, StillPending | CodeDead | ClientRefused | PassingFailure]:
        self.calls.append("poll")
        if (refusal := self._refusal(client_id)) is not None:
            return Err(refusal)
        known = self._codes.get(code.device_code.reveal())
        if known is None or known.used or known.decision is False:
            return Err(CodeDead())
        if known.decision is None:
            return Err(StillPending())
        known.used = True
        grant = self._issue(_Login(client_id, known.scopes))
        return Ok(SignedIn(grant, self._account, client_id, self._clock.now()))

    def _refusal(self, client_id: str) -> PassingFailure | ClientRefused | None:
        if self.outage is not None:
            return self.outage
        return None if client_id in self._clients else ClientRefused("unknown client id")

    def _issue(self, login: _Login) -> TokenGrant:
        access, refresh = self._next("access"), self._next("refresh")
        self._access[access] = login
        self._refresh[refresh] = login
        return TokenGrant(Redacted(access), LIFETIME, Redacted(refresh), login.scopes)

    def _next(self, word: str) -> str:
        self._numbers += 1
        return f"{word}-{self._numbers:08d}"


class FakeReceiver:
    """`EventSubReceiver` that remembers what it was told, in order, and may be made slow or faulty."""

    def __init__(self) -> None:
        self.told: list[Notification | Gap | tuple[str, str]] = []
        self.batches: list[int] = []
        """How many notifications came with each call."""
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.bug: Exception | None = None
        self._changed = asyncio.Event()

    @property
    def notifications(self) -> list[Notification]:
        return [told for told in self.told if not isinstance(told, Gap | tuple)]

    @property
    def gaps(self) -> list[Gap]:
        return [told for told in self.told if isinstance(told, Gap)]

    async def on_notifications(self, notifications: Sequence[Notification]) -> None:
        self.batches.append(len(notifications))
        await self._take(*notifications)

    async def on_gap(self, gap: Gap) -> None:
        await self._take(gap)

    async def on_revoked(self, subscription_type: str, status: str) -> None:
        await self._take((subscription_type, status))

    async def wait_until(self, condition: Callable[[], bool], limit: float = 10.0) -> None:
        """Return once `condition` holds; looked at after each thing told."""
        async with asyncio.timeout(limit):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _take(self, *told: Notification | Gap | tuple[str, str]) -> None:
        await self.may_go_on.wait()
        self.told.extend(told)
        self._changed.set()
        if self.bug is not None:
            bug, self.bug = self.bug, None
            raise bug


class LoopTimer:
    """`Timer` on the running loop, in real time."""

    def __init__(self) -> None:
        self._handle: asyncio.TimerHandle | None = None

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        self.disarm()
        self._handle = asyncio.get_running_loop().call_later(delay, callback)

    def disarm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def close(self) -> None:
        self.disarm()


class ManualTimer:
    """`Timer` that fires when a test says so."""

    def __init__(self) -> None:
        self.delay: float | None = None
        self._callback: Callable[[], None] | None = None

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        self.delay, self._callback = delay, callback

    def disarm(self) -> None:
        self.delay = self._callback = None

    def close(self) -> None:
        self.disarm()

    def fire(self) -> None:
        """The time has come."""
        callback = self._callback
        assert callback is not None, "the timer is not armed"
        self.disarm()
        callback()


def live_stream(clock: Clock, *, stream_id: str = "9001", viewers: int = 87) -> LiveStream:
    """A stream that started now."""
    return LiveStream(stream_id, clock.now(), viewers, "Painting small boats", "Art")


def with_viewers(stream: LiveStream, viewers: int) -> LiveStream:
    """The same stream, watched by so many."""
    return replace(stream, viewer_count=viewers)
