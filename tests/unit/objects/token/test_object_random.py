"""The token object in every order: callers, rejections, failures, faults, time, restarts."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok, Result
from companion.objects.spotify_token.object import SpotifyToken
from companion.objects.token.object import TokenObject
from companion.objects.twitch_token.object import TwitchToken
from companion.ports.failures import TokenError
from companion.ports.tokens import AccessToken, PassingFailure
from companion.ports.vault import VaultLocked
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import settle
from tests.unit.objects.token.stage import Stage

T = TypeVar("T")
Answer = Result[AccessToken, TokenError]


class TokenMachine(RuleBasedStateMachine):
    """What holds whatever happens:

    - the provider never has two refreshes of one login at once;
    - no refresh token is sent again after the provider answered with its successor (unless that answer was lost
      or never stored, which a test of its own shows to be named);
    - a token that the provider accepts and nobody has seen refused is handed out, never an error;
    - what is handed out has not expired.
    """

    kind: type[TokenObject] = TwitchToken

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.seen: list[str] = []
        self.rejected: set[str] = set()
        self.waiting: list[asyncio.Task[None]] = []
        self.signed_in = False

    def run(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    @initialize()
    def begin(self) -> None:
        async def make() -> None:
            self.stage = Stage(Path(self.folder.name), self.clock, self.kind)
            await self.stage.sign_in()

        self.run(make())
        self.signed_in = True

    @rule(count=st.integers(1, 5))
    def callers(self, count: int) -> None:
        async def call() -> list[Answer]:
            return list(await asyncio.gather(*(self.stage.get() for _ in range(count))))

        if self.stage.server._open.is_set() and self.stage.vault._open.is_set():
            for answer in self.run(call()):
                self.look_at(answer)
        else:
            self.run(self.leave_waiting(count, None))

    @rule(data=st.data())
    def rejection(self, data: st.DataObject) -> None:
        """A caller was answered 401 with one of the tokens it has seen: the newest or a late one."""
        if self.seen:
            token = data.draw(st.sampled_from(self.seen))
            self.rejected.add(token)
            self.run(self.leave_waiting(1, token))

    async def leave_waiting(self, count: int, rejected: str | None) -> None:
        self.waiting += [asyncio.create_task(self.ask(rejected)) for _ in range(count)]
        await settle(10)

    async def ask(self, rejected: str | None) -> None:
        """A caller that may wait long: looked at in the moment it is answered."""
        answer = await self.stage.get(rejected)
        if isinstance(answer, Ok):
            self.look_at(answer)

    @rule()
    def cancel_a_caller(self) -> None:
        async def cancel() -> None:
            if self.waiting:
                self.waiting.pop().cancel()
            await settle(5)

        self.run(cancel())

    @rule(times=st.integers(1, 3))
    def network_fails(self, times: int) -> None:
        self.stage.server.fail(PassingFailure("no answer"), times)

    @rule(minutes=st.sampled_from([1, 4, 10, 60, 236, 300]))
    def time_passes(self, minutes: int) -> None:
        self.run(self.stage.rig.pass_time(timedelta(minutes=minutes)))

    @rule()
    def goes_online(self) -> None:
        self.run(self.stage.token.on_stream_online())

    @rule()
    def goes_offline(self) -> None:
        self.run(self.stage.token.on_stream_offline())

    @rule()
    def provider_is_slow(self) -> None:
        self.stage.server.hold()

    @rule()
    def provider_answers(self) -> None:
        self.stage.server.release()
        self.run(settle())

    @rule()
    def keyring_is_slow(self) -> None:
        self.stage.vault.hold()

    @rule()
    def keyring_answers(self) -> None:
        self.stage.vault.release()
        self.run(settle())

    @rule()
    def keyring_locks(self) -> None:
        self.stage.vault.fault = VaultLocked()

    @rule()
    def keyring_unlocks(self) -> None:
        async def unlock() -> None:
            self.stage.vault.fault = None
            self.waiting.append(asyncio.create_task(self.retry()))
            await settle(10)

        self.run(unlock())

    async def retry(self) -> None:
        await self.stage.token.retry()

    @rule()
    def signs_in_again(self) -> None:
        async def sign_in() -> None:
            self.release()
            await self.stage.sign_in()

        self.run(sign_in())
        self.signed_in = True

    @rule()
    def signs_out(self) -> None:
        async def sign_out() -> None:
            self.release()
            await self.stage.token.sign_out()

        self.run(sign_out())
        self.signed_in = False

    @precondition(lambda self: self.stage.server.at_once == 0 and not self.stage.token.status().session_only)
    @rule()
    def restarts(self) -> None:
        """With no refresh in flight and the login kept: nothing may be lost then."""

        async def restart() -> None:
            self.release()
            self.stage.vault.fault = None
            await settle()
            if self.stage.token.status().session_only:
                return
            await self.stage.restart()
            await self.collect()

        self.run(restart())

    def release(self) -> None:
        self.stage.server.release()
        self.stage.vault.release()

    async def collect(self) -> None:
        for task in self.waiting:
            task.cancel()
        await asyncio.gather(*self.waiting, return_exceptions=True)
        self.waiting = []

    def look_at(self, answer: Answer) -> None:
        if isinstance(answer, Ok):
            text = answer.value.value.reveal()
            if text not in self.seen:
                self.seen.append(text)
            assert self.stage.server._access.get(text, self.clock.now()) > self.clock.now(), "an expired token"
        else:
            assert not self.usable_exists(), f"a usable token exists, yet {answer.error}"

    def usable_exists(self) -> bool:
        token = self.stage.token._keeper.token()
        if token is None or not self.signed_in:
            return False
        return self.stage.server.accepts(Redacted(token.value.reveal())) and token.value.reveal() not in self.rejected

    @invariant()
    def never_two_at_once(self) -> None:
        if hasattr(self, "stage"):
            assert self.stage.server.most_at_once <= 1

    @invariant()
    def never_a_spent_token(self) -> None:
        if hasattr(self, "stage"):
            assert self.stage.server.spent_again == []

    @invariant()
    def no_caller_meets_an_exception(self) -> None:
        for task in [it for it in self.waiting if it.done()]:
            self.waiting.remove(task)
            if not task.cancelled():
                task.result()

    @invariant()
    def the_login_is_never_lost(self) -> None:
        if hasattr(self, "stage"):
            phase = self.stage.token.status().phase
            assert phase == ("authorized" if self.signed_in else "not_configured")

    def teardown(self) -> None:
        async def close() -> None:
            self.release()
            await self.collect()
            await self.stage.close()

        if hasattr(self, "stage"):
            self.run(close())
        self.loop.close()
        self.folder.cleanup()


class SpotifyMachine(TokenMachine):
    kind = SpotifyToken


@pytest.mark.expected_logs
@pytest.mark.parametrize("machine", [TokenMachine, SpotifyMachine])
def test_every_order(machine: type[TokenMachine]) -> None:
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.reuse, Phase.generate),  # shrinking takes minutes; do it by hand
        ),
    )
