"""A sign-in or a sign-out during a refresh: the person wins, and nothing is mixed up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NotConfigured, TokenError
from companion.ports.tokens import AccessToken
from companion.ports.vault import VaultLocked
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import settle
from tests.unit.objects.token.stage import Stage


@pytest.mark.parametrize("where", ["probing", "asking", "storing"])
async def test_a_sign_out_during_a_refresh_wins(stage: Stage, clock: FakeClock, where: str) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    caller = await begin_refresh(stage, where)
    leaving = asyncio.create_task(stage.token.sign_out())
    await settle()
    stage.server.release()
    stage.vault.release()
    assert await leaving == Ok(None)
    assert await caller == Err(NotConfigured())
    await settle()
    assert stage.vault.items == {}
    assert stage.token.status().phase == "not_configured"
    assert await stage.get() == Err(NotConfigured())
    assert len(stage.server.refreshes) == (0 if where == "probing" else 1)
    await stage.restart()
    assert await stage.get() == Err(NotConfigured())


@pytest.mark.parametrize("where", ["probing", "asking", "storing"])
async def test_a_sign_in_during_a_refresh_wins(stage: Stage, clock: FakeClock, where: str) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    caller = await begin_refresh(stage, where)
    new = stage.server.sign_in()
    arriving = asyncio.create_task(stage.token.set_tokens(new))
    await settle()
    stage.server.release()
    stage.vault.release()
    assert await arriving == Ok(None)
    await caller
    assert await stage.text() == new.grant.access_token.reveal()
    assert new.grant.refresh_token is not None
    assert stage.item("refresh") == new.grant.refresh_token.reveal()
    assert new.grant.access_token.reveal() in (stage.item("access") or "")
    assert stage.server.spent_again == []


async def begin_refresh(stage: Stage, where: str) -> asyncio.Task[Result[AccessToken, TokenError]]:
    """A refresh that stands still while it probes the keyring, asks the provider, or stores the answer."""
    if where == "probing":
        stage.vault.hold()
    else:
        stage.server.hold()
    caller = asyncio.create_task(stage.get())
    await settle()
    if where == "storing":
        stage.vault.hold()
        stage.server.release()
        await settle()
        assert stage.vault.calls[-1][0] == "write"
    return caller


async def test_a_caller_during_a_slow_sign_out_ends_nothing(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.vault.hold()
    leaving = asyncio.create_task(stage.token.sign_out())
    await settle()
    assert await stage.get() == Err(NotConfigured())
    stage.vault.release()
    assert await leaving == Ok(None)
    assert stage.token.status().phase == "not_configured"
    assert stage.server.refreshes == []


@pytest.mark.expected_logs("ended the login")
async def test_a_terminal_answer_to_an_older_refresh_does_not_end_a_new_login(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.server.end_everything()
    caller = await stage.held()
    new = stage.server.sign_in()
    await stage.token.set_tokens(new)
    stage.server.release()
    answer = await caller
    assert isinstance(answer, Ok) and answer.value.value == new.grant.access_token
    assert stage.token.status().phase == "authorized"


async def test_a_caller_during_a_slow_sign_in_waits_for_it_and_asks_nobody(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    new = stage.server.sign_in(client="another-client")
    stage.vault.hold()
    arriving = asyncio.create_task(stage.token.set_tokens(new))
    await settle()
    caller = asyncio.create_task(stage.get())
    await settle()
    stage.vault.release()
    assert await arriving == Ok(None)
    answer = await caller
    assert isinstance(answer, Ok) and answer.value.value == new.grant.access_token
    assert stage.server.refreshes == []


@pytest.mark.expected_logs("lasts for this session only")
async def test_a_sign_in_that_waits_for_the_keyring_wins_over_a_refresh_that_comes_after_it(
    stage: Stage, clock: FakeClock
) -> None:
    stage.vault.fault = VaultLocked()
    await stage.sign_in()
    stage.vault.fault = None
    clock.advance(timedelta(hours=5))
    caller = await stage.held()
    stage.vault.hold()
    storing = asyncio.create_task(stage.token.retry())
    await settle()
    new = stage.server.sign_in()
    arriving = asyncio.create_task(stage.token.set_tokens(new))
    await settle()
    stage.server.release()
    await settle()
    stage.vault.release()
    assert await arriving == Ok(None)
    await asyncio.gather(caller, storing)
    assert await stage.text() == new.grant.access_token.reveal()
    assert new.grant.refresh_token is not None
    assert stage.item("refresh") == new.grant.refresh_token.reveal()
