"""Sign-ins without providers: scripted answers, logins that remember what they were given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta

from companion.kernel.instant import Clock, Instant
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import TokenError
from companion.ports.sign_in import (
    CodeDead,
    Denied,
    DeviceCode,
    ListenerFailed,
    SpotifySignInError,
    StillPending,
)
from companion.ports.tokens import (
    AccessToken,
    App,
    ClientRefused,
    PassingFailure,
    Provider,
    SetTokensError,
    SignedIn,
    TokenStatus,
    app_of,
)
from companion.ports.vault import VaultError
from tests.fakes.application import make_status

PollAnswer = Result[SignedIn, StillPending | CodeDead | ClientRefused | PassingFailure]


class FakeLogin:
    """`Login`: takes everything unless `refusal` is set; `confirmed` lists what was taken with a confirmation."""

    def __init__(self, provider: Provider) -> None:
        self.shown = make_status(provider)
        self.refusal: SetTokensError | None = None
        self.taken: list[SignedIn] = []
        self.confirmed: list[SignedIn] = []
        self.retries = 0
        self.retry_answer: Result[AccessToken, TokenError] = Ok(AccessToken(Redacted("an-access-token"), "client"))
        self.sign_outs = 0
        self.sign_out_answer: Result[None, VaultError] = Ok(None)

    async def get_valid_token(self, *, rejected: AccessToken | None = None) -> Result[AccessToken, TokenError]:
        return self.retry_answer

    def status(self) -> TokenStatus:
        return self.shown

    async def set_tokens(self, tokens: SignedIn, *, confirm_account: bool = False) -> Result[None, SetTokensError]:
        await asyncio.sleep(0)
        if self.refusal is not None and not confirm_account:
            return Err(self.refusal)
        self.taken.append(tokens)
        if confirm_account:
            self.confirmed.append(tokens)
        return Ok(None)

    async def retry(self) -> Result[AccessToken, TokenError]:
        self.retries += 1
        return self.retry_answer

    async def sign_out(self) -> Result[None, VaultError]:
        self.sign_outs += 1
        return self.sign_out_answer


class FakeTwitchSignIn:
    """`TwitchSignIn`: `polls` are answered one after the other, the last one again and again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.code_error: ClientRefused | PassingFailure | None = None
        self.polls: list[PollAnswer] = [Err(StillPending())]
        self.asked: list[tuple[str, frozenset[str]]] = []
        self.polled = 0
        self.polled_for: list[frozenset[str]] = []
        self.polling_at_once = 0

    async def request_code(
        self, *, client_id: str, scopes: frozenset[str]
    ) -> Result[DeviceCode, ClientRefused | PassingFailure]:
        self.asked.append((client_id, scopes))
        await asyncio.sleep(0)
        if self.code_error is not None:
            return Err(self.code_error)
        expires = self._clock.now() + timedelta(minutes=30)
        return Ok(
            DeviceCode(Redacted("device-code-secret"), "ABCDEFGH", "http://t.test/a", expires, timedelta(seconds=5))
        )

    async def poll(self, *, client_id: str, scopes: frozenset[str], code: DeviceCode) -> PollAnswer:
        assert code.device_code == Redacted("device-code-secret")
        self.polled += 1
        self.polled_for.append(scopes)
        await asyncio.sleep(0)
        return self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]


class FakePending:
    """`PendingAuthorization`: `come_back` is the browser."""

    def __init__(self, expires_at: Instant) -> None:
        self.authorize_url = "http://s.test/authorize?state=not-a-real-state"
        self.expires_at = expires_at
        self.cancelled = False
        self._answer: asyncio.Future[Result[SignedIn, SpotifySignInError]] = asyncio.get_running_loop().create_future()

    def come_back(self, answer: Result[SignedIn, SpotifySignInError]) -> None:
        self._answer.set_result(answer)

    async def finish(self) -> Result[SignedIn, SpotifySignInError]:
        return await self._answer

    async def cancel(self) -> None:
        self.cancelled = True
        if not self._answer.done():
            self._answer.set_result(Err(Denied()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class FakeSpotifySignIn:
    """`SpotifySignIn`: `pending` lists the attempts, the newest last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.error: ListenerFailed | None = None
        self.pending: list[FakePending] = []

    async def begin(self, *, client_id: str, scopes: frozenset[str]) -> Result[FakePending, ListenerFailed]:
        await asyncio.sleep(0)
        if self.error is not None:
            return Err(self.error)
        self.pending.append(FakePending(self._clock.now() + timedelta(minutes=5)))
        return Ok(self.pending[-1])


class FakeClientIds:
    """`ClientIds` in memory."""

    def __init__(self) -> None:
        self.values: dict[App, str] = {"twitch": "a" * 30, "spotify": "0" * 32}
        self.error: str | None = None

    def get(self, provider: Provider) -> str:
        return self.values[app_of(provider)]

    def save(self, provider: Provider, client_id: str) -> Result[None, str]:
        if self.error is not None:
            return Err(self.error)
        self.values[app_of(provider)] = client_id
        return Ok(None)


class FakeFeatures:
    """`TwitchFeatures` in memory."""

    def __init__(self) -> None:
        self.switched_on: set[str] = {"redemptions", "chat"}
        self.error: str | None = None

    def on(self) -> Collection[str]:
        return self.switched_on

    def switch(self, name: str, *, on: bool) -> Result[None, str]:
        if self.error is not None:
            return Err(self.error)
        (self.switched_on.add if on else self.switched_on.discard)(name)
        return Ok(None)


class Sleeper:
    """A sleep that moves a clock instead."""

    def __init__(self, advance: Callable[[float], None]) -> None:
        self._advance = advance
        self.slept: list[float] = []

    async def __call__(self, delay: float) -> None:
        self.slept.append(delay)
        self._advance(delay)
        await asyncio.sleep(0)
