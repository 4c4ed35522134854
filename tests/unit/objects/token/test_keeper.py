"""The keyring: missing, locked, slow, refusing or gone in mid-run; kills between answer and write; no plaintext."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import LoginUnreadable, ReauthorizationRequired
from companion.ports.tokens import PassingFailure
from companion.ports.vault import (
    VaultError,
    VaultItem,
    VaultLocked,
    VaultMissing,
    VaultRefused,
    VaultTimedOut,
)
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import Killed, fill_disk, free_disk, refuse_writes, settle
from tests.fakes.vault import FakeVault
from tests.unit.objects.token.stage import Stage

FAULTS: list[VaultError] = [VaultMissing("install one"), VaultLocked(), VaultTimedOut(20.0), VaultRefused("no")]
SESSION = "lasts for this session only"


@pytest.mark.expected_logs(SESSION)
@pytest.mark.parametrize("fault", FAULTS)
async def test_without_a_usable_keyring_the_login_lasts_for_the_session_and_says_so(
    stage: Stage, clock: FakeClock, fault: VaultError
) -> None:
    stage.vault.fault = fault
    await stage.sign_in()
    status = stage.token.status()
    assert status.session_only and status.vault_error == fault
    assert await stage.text() == "access-secret-000001"
    clock.advance(timedelta(hours=5))
    assert await stage.text() == "access-secret-000002"  # refreshed from memory
    assert stage.vault.items == {}


@pytest.mark.expected_logs(SESSION, "ended")
async def test_after_a_restart_a_session_login_is_gone_with_its_reason(stage: Stage) -> None:
    stage.vault.fault = VaultMissing("install one")
    await stage.sign_in()
    stage.vault.fault = None
    await stage.restart()
    answer = await stage.get()
    assert isinstance(answer, Err) and isinstance(answer.error, ReauthorizationRequired)
    assert "keyring" in answer.error.reason
    assert stage.server.refreshes == []


@pytest.mark.expected_logs("cannot be read from the keyring")
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_keyring_that_cannot_be_read_at_start_changes_no_state(stage: Stage, fault: VaultError) -> None:
    await stage.sign_in()
    await stage.restart()
    stage.vault.fault = fault
    for _ in range(3):
        assert await stage.get() == Err(LoginUnreadable(fault))
    assert stage.token.status().phase == "authorized"
    assert stage.token.status().vault_error == fault
    assert stage.token.status().withheld
    assert stage.server.refreshes == []
    stage.vault.fault = None
    assert await stage.get() == Err(LoginUnreadable(fault))  # the keyring is not pestered by callers
    answer = await stage.token.retry()
    assert not stage.token.status().withheld
    assert isinstance(answer, Ok) and answer.value.value.reveal() == "access-secret-000001"
    assert stage.token.status().vault_error is None
    assert stage.server.refreshes == []


@pytest.mark.expected_logs("cannot be read from the keyring")
async def test_a_person_may_sign_in_anew_while_the_keyring_cannot_be_read(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    stage.vault.fail_next(1, VaultLocked())
    await stage.get()
    await stage.sign_in()
    assert await stage.text() == "access-secret-000002"
    assert stage.item("refresh") == "refresh-secret-000002"


@pytest.mark.expected_logs(SESSION)
async def test_once_the_keyring_is_back_a_retry_stores_the_session(stage: Stage) -> None:
    stage.vault.fault = VaultLocked()
    await stage.sign_in()
    stage.vault.fault = None
    await stage.token.retry()
    assert not stage.token.status().session_only
    assert stage.token.status().vault_error is None
    assert stage.item("refresh") == "refresh-secret-000001"
    await stage.restart()
    assert await stage.text() == "access-secret-000001"


@pytest.mark.expected_logs(SESSION)
async def test_a_later_refresh_stores_it_too(stage: Stage, clock: FakeClock) -> None:
    stage.vault.fault = VaultLocked()
    await stage.sign_in()
    stage.vault.fault = None
    clock.advance(timedelta(hours=5))
    await stage.text()
    assert not stage.token.status().session_only
    assert stage.item("refresh") == "refresh-secret-000002"


async def test_before_a_rotating_refresh_the_keyring_is_proven_writable(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=4) - timedelta(minutes=4))
    stage.vault.fault = VaultLocked()
    assert await stage.text() == "access-secret-000001"
    assert stage.server.refreshes == []
    status = stage.token.status()
    assert status.last_failure is not None and "keyring" in status.last_failure
    assert status.consecutive_failures == 1 and status.vault_error == VaultLocked()
    stage.vault.fault = None
    clock.advance(60)
    assert await stage.text() == "access-secret-000002"
    assert stage.vault.calls.index(("probe", None)) < stage.vault.calls.index(("write", "twitch-access-token"), 4)


@pytest.mark.expected_logs("keyring cannot be written", SESSION)
async def test_when_the_old_token_is_of_no_use_any_more_it_is_spent_all_the_same(
    stage: Stage, clock: FakeClock
) -> None:
    await stage.sign_in()
    stage.vault.faults_of = {"write": VaultLocked(), "probe": VaultLocked()}
    clock.advance(timedelta(hours=5))
    assert await stage.text() == "access-secret-000002"
    assert stage.token.status().session_only


async def test_a_refresh_that_does_not_rotate_needs_no_proof(spotify: Stage, clock: FakeClock) -> None:
    await spotify.sign_in()
    clock.advance(timedelta(hours=5))
    spotify.vault.faults_of = {"probe": VaultLocked()}
    assert await spotify.text() == "access-secret-000002"
    assert ("probe", None) not in spotify.vault.calls


async def test_the_new_refresh_token_rests_before_the_new_access_token_is_used(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    caller = await stage.held()
    stage.vault.hold()
    stage.server.release()
    await settle()
    assert not caller.done()
    assert stage.vault.calls[-1] == ("write", "twitch-refresh-token")
    stage.vault.release()
    await caller
    assert [call for call in stage.vault.calls if call[0] == "write"][-2:] == [
        ("write", "twitch-refresh-token"),
        ("write", "twitch-access-token"),
    ]


@pytest.mark.expected_logs(SESSION)
async def test_a_slow_keyring_freezes_nobody(stage: Stage) -> None:
    stage.vault.hold()
    signing_in = asyncio.create_task(stage.sign_in())
    await settle()
    assert stage.token.status().phase == "not_configured"  # the loop runs on
    stage.vault.expire_held()
    await signing_in
    assert stage.token.status().session_only
    assert await stage.text() == "access-secret-000001"


@pytest.mark.expected_logs(SESSION, "keyring cannot be written")
@pytest.mark.parametrize("good_calls", range(6))
async def test_a_keyring_that_goes_away_in_mid_run_costs_no_login(
    stage: Stage, clock: FakeClock, good_calls: int
) -> None:
    await stage.sign_in()
    stage.vault.gone_after(good_calls)
    await stage.token.on_stream_online()
    for _ in range(4):
        await stage.rig.pass_time(timedelta(hours=3, minutes=57))
        assert stage.server.accepts(Redacted(await stage.text()))
    assert stage.server.spent_again == []
    stage.vault.fault = None
    await stage.token.retry()
    assert not stage.token.status().session_only
    await stage.restart()
    assert stage.server.accepts(Redacted(await stage.text()))


@pytest.mark.expected_logs(SESSION)
async def test_a_keyring_that_comes_back_empty_is_filled_from_memory(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=4) - timedelta(minutes=4))
    stage.vault.fault = VaultRefused("the service ended")
    assert await stage.text() == "access-secret-000001"
    stage.vault.fault = None
    stage.vault.items.clear()  # another keyring is the default one now
    await stage.token.retry()
    assert stage.token.status().phase == "authorized"
    assert stage.item("refresh") == "refresh-secret-000002"


# Restarts


async def test_after_a_restart_the_access_token_is_used_once_validated(stage: Stage) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    await stage.restart()
    assert await stage.text() == "access-secret-000001"
    assert stage.server.validations == 1
    assert stage.server.refreshes == []


async def test_not_when_the_provider_says_it_is_dead(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.expire_access()
    await stage.restart()
    assert await stage.text() == "access-secret-000002"
    assert len(stage.server.refreshes) == 1


async def test_without_the_network_it_is_used_on_trust(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    stage.server.validation_error = PassingFailure("no answer")
    assert await stage.text() == "access-secret-000001"


async def test_nobody_gets_it_before_the_validation_is_answered(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    caller = await stage.held()
    assert not caller.done()
    stage.server.release()
    await caller


async def test_the_keyring_is_read_once_for_all_callers_and_not_before_it_is_needed(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    stage.vault.calls.clear()
    await settle()
    assert stage.vault.calls == []
    await asyncio.gather(*(stage.get() for _ in range(100)))
    assert stage.vault.calls == [("read", "twitch-refresh-token"), ("read", "twitch-access-token")]
    assert stage.server.validations == 1


@pytest.mark.parametrize("stored", ["", "nonsense", "1 soon access", "1 2026-01-01T00:00:00Z ", "2 x y"])
async def test_a_malformed_access_item_counts_as_absent(stage: Stage, stored: str) -> None:
    await stage.sign_in()
    stage.vault.items["twitch-access-token"] = Redacted(stored)
    await stage.restart()
    assert await stage.text() == "access-secret-000002"


@pytest.mark.expected_logs("does not hold this login", "ended")
async def test_a_login_deleted_from_the_keyring_is_named(stage: Stage) -> None:
    await stage.sign_in()
    stage.vault.items.clear()
    await stage.restart()
    answer = await stage.get()
    assert isinstance(answer, Err) and isinstance(answer.error, ReauthorizationRequired)
    assert "keyring does not hold" in answer.error.reason


class DyingVault(FakeVault):
    """The process is killed at call number `dies_at` of one kind, before or after it took effect."""

    def __init__(self, before: FakeVault, dies_at: VaultItem, after_effect: bool) -> None:
        super().__init__()
        self.items = before.items
        self._dies_at = dies_at
        self._after_effect = after_effect

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        if item == self._dies_at:
            if self._after_effect:
                self.items[item] = secret
            raise Killed
        return await super().write(item, secret)


async def kill_in_refresh(stage: Stage, clock: FakeClock, item: VaultItem, *, after_effect: bool) -> None:
    """Between the provider's answer and the end of storing it, at this write."""
    await stage.sign_in()
    clock.advance(timedelta(hours=4) - timedelta(minutes=2))
    stage.vault = DyingVault(stage.vault, item, after_effect)
    await stage.restart()
    with pytest.raises(Killed):
        await stage.get()
    kept = stage.vault.items
    stage.vault = FakeVault()
    stage.vault.items = kept
    await stage.restart()
    clock.advance(timedelta(hours=1))


@pytest.mark.expected_logs("task failed", "ended")
async def test_a_kill_between_answer_and_write_is_recognised_and_named(stage: Stage, clock: FakeClock) -> None:
    await kill_in_refresh(stage, clock, "twitch-refresh-token", after_effect=False)
    answer = await stage.get()
    assert isinstance(answer, Err) and isinstance(answer.error, ReauthorizationRequired)
    assert "ended in the middle of renewing" in answer.error.reason
    assert "never stored" in answer.error.reason


@pytest.mark.expected_logs("task failed")
@pytest.mark.parametrize(
    ("item", "after_effect"),
    [("twitch-refresh-token", True), ("twitch-access-token", False), ("twitch-access-token", True)],
)
async def test_a_kill_once_the_refresh_token_rests_costs_nothing(
    stage: Stage, clock: FakeClock, item: VaultItem, after_effect: bool
) -> None:
    await kill_in_refresh(stage, clock, item, after_effect=after_effect)
    assert stage.server.accepts(Redacted(await stage.text()))
    assert stage.server.spent_again == []


@pytest.mark.expected_logs("task failed", "ended in the middle|was ended while")
async def test_a_kill_before_the_request_left_is_no_harm(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    caller = await stage.held()
    await stage.restart()
    with pytest.raises(asyncio.CancelledError):
        await caller
    stage.server.release()
    assert await stage.text() == "access-secret-000002"
    assert stage.token.status().phase == "authorized"


# Storage


@pytest.mark.expected_logs("storage failed", "is not stored", "is not planned")
async def test_a_full_disk_costs_no_login(stage: Stage, clock: FakeClock) -> None:
    fill_disk(stage.rig)
    await stage.sign_in()
    assert await stage.text() == "access-secret-000001"
    clock.advance(timedelta(hours=5))
    assert await stage.text() == "access-secret-000002"
    free_disk(stage.rig)


@pytest.mark.expected_logs("storage failed", "is not stored", "is not planned")
async def test_nor_at_start(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    refuse_writes(stage.rig)
    assert await stage.text() == "access-secret-000001"


# No plaintext


async def test_no_secret_reaches_the_database(
    stage: Stage, clock: FakeClock, tmp_path: Path, expected_logs: Callable[..., None]
) -> None:
    expected_logs()
    await stage.sign_in()
    await stage.token.on_stream_online()
    await stage.rig.pass_time(timedelta(hours=9))
    stage.vault.fault = VaultLocked()
    await stage.rig.pass_time(timedelta(hours=9))
    stage.vault.fault = None
    stage.server.fail(PassingFailure("no answer"), 3)
    await stage.rig.pass_time(timedelta(hours=9))
    await stage.restart()
    stage.server.end_everything()
    await stage.rig.pass_time(timedelta(hours=1))
    given = stage.server.secrets
    assert len(given) > 10
    files = list(tmp_path.iterdir())
    assert {"companion.db", "companion.db-wal"} <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        assert b"token_state" in content or not file.name.endswith(".db")
        for secret in given:
            assert secret.encode() not in content
            assert secret.encode("utf-16-le") not in content


async def test_every_secret_is_made_known_to_the_scrubber(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    await stage.text()
    for secret in stage.server.secrets:
        assert secret not in stage.scrubber.scrub(f"seen: {secret}")


async def test_secrets_from_the_keyring_are_made_known_too(stage: Stage) -> None:
    await stage.sign_in()
    stage.scrubber = type(stage.scrubber)()
    await stage.restart()
    await stage.text()
    for secret in stage.server.secrets:
        assert secret not in stage.scrubber.scrub(f"seen: {secret}")
