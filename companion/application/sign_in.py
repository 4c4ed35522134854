"""Signing in, step by step, for window and command line alike: one attempt per provider at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import assert_never

from companion.application.client_ids import check_client_id
from companion.application.explain import explain_set_tokens, explain_sign_in
from companion.application.messages import Message
from companion.application.sign_in_states import (
    ConfirmAccount,
    Failed,
    Finished,
    Idle,
    SignInState,
    Starting,
    WaitingForBrowser,
    WaitingForCode,
)
from companion.kernel.instant import Clock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.settings import ClientIds
from companion.ports.sign_in import (
    CodeDead,
    DeviceCode,
    PendingAuthorization,
    SpotifySignIn,
    SpotifySignInError,
    StillPending,
    TimedOut,
    TwitchSignIn,
)
from companion.ports.tokens import ClientRefused, Login, OtherAccount, PassingFailure, Provider, SignedIn, app_of

_DEAD_CODE = "It is too old, or somebody refused it on the page."
_log = logging.getLogger("companion.sign_in")

DEAD_CODES = 3
"""A code that was once reported dead came alive again in a report of 2024: give up at the third answer."""


class SignInFlow:
    """Runs sign-ins in the background; `state` tells how each goes."""

    def __init__(
        self,
        *,
        twitch: TwitchSignIn,
        spotify: SpotifySignIn,
        logins: Mapping[Provider, Login],
        client_ids: ClientIds,
        scopes: Mapping[Provider, frozenset[str]],
        supervisor: TaskSupervisor,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self._twitch = twitch
        self._spotify = spotify
        self._logins = logins
        self._client_ids = client_ids
        self._scopes = scopes
        self._supervisor = supervisor
        self._clock = clock
        self._sleep = sleep
        self._on_change = on_change
        self._states: dict[Provider, SignInState] = {provider: Idle() for provider in logins}
        self._attempts: dict[Provider, asyncio.Task[None]] = {}
        self._pending: PendingAuthorization | None = None
        self._unconfirmed: dict[Provider, SignedIn] = {}

    def states(self) -> Mapping[Provider, SignInState]:
        """Where each sign-in stands."""
        return dict(self._states)

    async def start(self, provider: Provider) -> None:
        """Begin, or begin again."""
        await self.cancel(provider)
        while provider in self._attempts:  # another start came while this one waited: the last one counts
            await self.cancel(provider)
        client_id = self._client_ids.get(app_of(provider))
        problem = check_client_id(provider, client_id)
        if problem is not None:
            advice = "Register an app with the provider and paste its client ID."
            self._set(provider, Failed(Message("No client ID is set yet.", "", advice, "info"), "client_id"))
            return
        self._set(provider, Starting())
        run = self._run_spotify(client_id) if provider == "spotify" else self._run_twitch(provider, client_id)
        task = self._supervisor.spawn(run, name=f"sign in to {provider}")
        if task is not None:
            self._attempts[provider] = task

    async def cancel(self, provider: Provider) -> None:
        """Stop waiting; the state is idle afterwards."""
        if provider == "spotify" and self._pending is not None:
            pending, self._pending = self._pending, None
            await pending.cancel()
        attempt = self._attempts.pop(provider, None)
        if attempt is not None and not attempt.done():
            attempt.cancel()
            await asyncio.wait({attempt})
        self._unconfirmed.pop(provider, None)
        self._set(provider, Idle())

    async def confirm_account(self, provider: Provider) -> None:
        """Take the other account after all."""
        signed_in = self._unconfirmed.pop(provider, None)
        if signed_in is not None:
            await self._finish(provider, signed_in, confirmed=True)

    async def _run_twitch(self, provider: Provider, client_id: str) -> None:
        scopes = self._scopes[provider]
        asked = await self._twitch.request_code(client_id=client_id, scopes=scopes)
        if isinstance(asked, Err):
            self._fail(provider, asked.error)
            return
        code = asked.value
        waiting = WaitingForCode(code.user_code, Redacted(code.verification_uri), code.expires_at)
        self._set(provider, waiting)
        dead = 0
        while self._clock.now() < code.expires_at:
            await self._sleep(code.interval.total_seconds())
            dead = await self._poll_once(provider, client_id, scopes, waiting=waiting, code=code, dead=dead)
            if not isinstance(self._states[provider], WaitingForCode):
                return
        self._fail(provider, TimedOut())

    async def _poll_once(
        self,
        provider: Provider,
        client_id: str,
        scopes: frozenset[str],
        *,
        code: DeviceCode,
        waiting: WaitingForCode,
        dead: int,
    ) -> int:
        """One poll, with the scopes the code was asked for; how often the code has been called dead in a row."""
        polled = await self._twitch.poll(client_id=client_id, scopes=scopes, code=code)
        if isinstance(polled, Ok):
            await self._finish(provider, polled.value)
            return 0
        error = polled.error
        match error:
            case StillPending():
                self._set(provider, waiting)
                return 0
            case CodeDead():
                if dead + 1 >= DEAD_CODES:
                    message = Message(
                        "This code is no longer valid.", _DEAD_CODE, "Start again to get a new one.", "warn"
                    )
                    self._set(provider, Failed(message))
                return dead + 1
            case PassingFailure():
                self._set(provider, replace(waiting, trouble=explain_sign_in(error, provider).message))
                return 0
            case ClientRefused():
                self._fail(provider, error)
                return 0
            case _:
                assert_never(error)

    async def _run_spotify(self, client_id: str) -> None:
        begun = await self._spotify.begin(client_id=client_id, scopes=self._scopes["spotify"])
        if isinstance(begun, Err):
            self._fail("spotify", begun.error)
            return
        self._pending = pending = begun.value
        self._set("spotify", WaitingForBrowser(Redacted(pending.authorize_url), pending.expires_at))
        try:
            finished = await pending.finish()
        finally:
            self._pending = None
        if isinstance(finished, Ok):
            await self._finish("spotify", finished.value)
        else:
            self._fail("spotify", finished.error)

    async def _finish(self, provider: Provider, signed_in: SignedIn, *, confirmed: bool = False) -> None:
        login = self._logins[provider]
        taken = await login.set_tokens(signed_in, confirm_account=confirmed)
        if isinstance(taken, Ok):
            self._set(provider, Finished(signed_in.account, login.status().session_only))
        elif isinstance(taken.error, OtherAccount):
            self._unconfirmed[provider] = signed_in
            self._set(provider, ConfirmAccount(taken.error.known, taken.error.offered))
        else:
            self._set(provider, Failed(explain_set_tokens(taken.error, provider)))

    def _fail(self, provider: Provider, error: SpotifySignInError) -> None:
        self._set(provider, explain_sign_in(error, provider))

    def _set(self, provider: Provider, state: SignInState) -> None:
        if self._states[provider] != state:
            if isinstance(state, Failed):
                _log.info("the sign-in to %s did not work: %s", provider, state.message.title)
            self._states[provider] = state
            self._on_change()
