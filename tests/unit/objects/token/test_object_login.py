"""Signing in and out: what is taken, what is refused, what a status shows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.token import rules
from companion.ports.failures import NotConfigured
from companion.ports.tokens import (
    BadTokens,
    NoRefreshToken,
    OtherAccount,
    PassingFailure,
    SignedIn,
    TokenRejected,
)
from companion.ports.vault import VaultLocked
from tests.fakes.authorization import CLIENT, OTHER, PERSON, SCOPES
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import settle
from tests.unit.objects.token.stage import Stage


def with_lifetime(stage: Stage, lifetime: timedelta) -> SignedIn:
    signed_in = stage.server.sign_in()
    return replace(signed_in, grant=replace(signed_in.grant, expires_in=lifetime))


@pytest.mark.parametrize("lifetime", [timedelta(microseconds=1), timedelta(seconds=1), timedelta(seconds=31_536_000)])
async def test_lifetimes_within_bounds_are_taken(stage: Stage, lifetime: timedelta) -> None:
    assert await stage.token.set_tokens(with_lifetime(stage, lifetime)) == Ok(None)
    assert stage.token.status().expires_at == START + lifetime


@pytest.mark.parametrize(
    "lifetime",
    [timedelta(0), timedelta(seconds=-1), timedelta(seconds=31_536_000, microseconds=1), timedelta.max, timedelta.min],
)
async def test_lifetimes_out_of_bounds_are_refused_and_nothing_is_stored(stage: Stage, lifetime: timedelta) -> None:
    answer = await stage.token.set_tokens(with_lifetime(stage, lifetime))
    assert answer == Err(BadTokens("the lifetime is out of range"))
    assert stage.vault.items == {}
    assert stage.token.status().phase == "not_configured"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: replace(it, grant=replace(it.grant, access_token=Redacted(""))),
        lambda it: replace(it, grant=replace(it.grant, refresh_token=Redacted(""))),
        lambda it: replace(it, client_id=""),
        lambda it: replace(it, account=replace(it.account, user_id="")),
    ],
)
async def test_empty_parts_are_refused(stage: Stage, spoil: object) -> None:
    assert callable(spoil)
    await stage.sign_in()
    answer = await stage.token.set_tokens(spoil(stage.server.sign_in()))
    assert isinstance(answer, Err) and isinstance(answer.error, BadTokens)
    assert await stage.text() == "access-secret-000001"


async def test_a_grant_without_a_refresh_token_keeps_the_stored_one(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    await stage.sign_in(stage.server.sign_in(refresh=False))
    assert await stage.text() == "access-secret-000002"
    assert stage.item("refresh") == "refresh-secret-000001"
    clock.advance(timedelta(hours=5))
    await stage.text()
    assert stage.server.refreshes == ["refresh-secret-000001"]


async def test_without_a_stored_one_it_is_refused(stage: Stage) -> None:
    assert await stage.token.set_tokens(stage.server.sign_in(refresh=False)) == Err(NoRefreshToken())
    await stage.sign_in()
    await stage.token.sign_out()
    assert await stage.token.set_tokens(stage.server.sign_in(refresh=False)) == Err(NoRefreshToken())


@pytest.mark.parametrize("confirm", [True, False])
async def test_the_refresh_token_of_one_account_is_never_kept_for_another(stage: Stage, confirm: bool) -> None:
    await stage.sign_in()
    other = stage.server.sign_in(account=OTHER, refresh=False)
    assert await stage.token.set_tokens(other, confirm_account=confirm) == Err(NoRefreshToken())


async def test_nor_that_of_one_client_for_another(stage: Stage) -> None:
    await stage.sign_in()
    other = stage.server.sign_in(client="another-client", refresh=False)
    assert await stage.token.set_tokens(other) == Err(NoRefreshToken())


async def test_another_account_needs_a_confirmation(stage: Stage) -> None:
    await stage.sign_in()
    other = stage.server.sign_in(account=OTHER)
    assert await stage.token.set_tokens(other) == Err(OtherAccount(PERSON, OTHER))
    assert await stage.text() == "access-secret-000001"
    assert stage.item("refresh") == "refresh-secret-000001"
    assert await stage.token.set_tokens(other, confirm_account=True) == Ok(None)
    assert stage.token.status().account == OTHER
    assert await stage.text() == "access-secret-000002"


async def test_the_account_of_the_data_is_remembered_past_a_sign_out_and_a_restart(stage: Stage) -> None:
    await stage.sign_in()
    await stage.token.sign_out()
    assert stage.token.status().account is None
    await stage.restart()
    assert await stage.token.set_tokens(stage.server.sign_in(account=OTHER)) == Err(OtherAccount(PERSON, OTHER))
    await stage.sign_in(stage.server.sign_in(account=replace(PERSON, display_name="Renamed")))
    account = stage.token.status().account
    assert account is not None and account.display_name == "Renamed"


async def test_a_sign_in_clears_the_retry_count(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.server.fail(PassingFailure("no answer"))
    await stage.get()
    await stage.sign_in()
    status = stage.token.status()
    assert (status.consecutive_failures, status.next_attempt_at, status.last_failure) == (0, None, None)
    assert (status.phase, status.since) == ("authorized", clock.now())


async def test_a_sign_in_while_live_plans_the_refresh(stage: Stage) -> None:
    await stage.token.on_stream_online()
    assert stage.token.alarm_due("refresh") is None
    await stage.sign_in()
    assert stage.token.alarm_due("refresh") == START + timedelta(hours=4) - timedelta(minutes=5)


async def test_telling_a_login_that_does_not_exist_is_fine(stage: Stage) -> None:
    assert await stage.token.on_stream_online() == Ok(None)
    assert await stage.token.on_stream_offline() == Ok(None)


async def test_a_sign_out_revokes_and_forgets(stage: Stage) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    assert await stage.token.sign_out() == Ok(None)
    assert stage.server.revoked == ["access-secret-000001"]
    assert stage.vault.items == {}
    assert await stage.get() == Err(NotConfigured())
    status = stage.token.status()
    assert (status.phase, status.scopes, status.expires_at, status.session_only) == (
        "not_configured",
        frozenset(),
        None,
        False,
    )
    assert stage.token.alarm_due("refresh") is None and stage.token.alarm_due("validate") is None


@pytest.mark.expected_logs("did not confirm the sign-out")
async def test_a_sign_out_without_the_network_forgets_all_the_same(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.revocation_error = PassingFailure("no answer")
    assert await stage.token.sign_out() == Ok(None)
    assert stage.vault.items == {}


async def test_a_sign_out_right_after_a_restart_revokes_too(stage: Stage) -> None:
    await stage.sign_in()
    await stage.restart()
    await stage.token.sign_out()
    assert stage.server.revoked == ["access-secret-000001"]


async def test_a_sign_out_that_the_keyring_refuses_says_so(stage: Stage) -> None:
    await stage.sign_in()
    stage.vault.fault = VaultLocked()
    assert await stage.token.sign_out() == Err(VaultLocked())
    assert await stage.get() == Err(NotConfigured())
    assert stage.token.status().vault_error == VaultLocked()


async def test_missing_scopes_are_shown_not_failed(stage: Stage) -> None:
    stage.server.scopes = frozenset({"scope:one"})
    await stage.sign_in()
    status = stage.token.status()
    assert status.missing_scopes == SCOPES - {"scope:one"}
    assert status.phase == "authorized"
    assert await stage.text() == "access-secret-000001"


async def test_what_is_needed_may_change_while_signed_in(stage: Stage) -> None:
    await stage.sign_in()
    stage.token.need(SCOPES | {"scope:new"})
    assert stage.token.status().missing_scopes == {"scope:new"}
    stage.token.need(frozenset())
    assert stage.token.status().missing_scopes == frozenset()


# Spotify's six months


@pytest.mark.parametrize(("days", "warn"), [(0, False), (164.999, False), (165, True), (180, True), (400, True)])
async def test_spotify_warns_from_day_165_of_180(spotify: Stage, clock: FakeClock, days: float, warn: bool) -> None:
    await spotify.sign_in()
    clock.advance(timedelta(days=days))
    status = spotify.token.status()
    assert status.warn_reauthorize is warn
    assert status.reauthorize_by == START + timedelta(days=180)
    await spotify.restart()
    assert spotify.token.status().warn_reauthorize is warn


async def test_a_refresh_does_not_put_the_six_months_off_but_a_sign_in_does(spotify: Stage, clock: FakeClock) -> None:
    await spotify.sign_in()
    clock.advance(timedelta(days=170))
    assert await spotify.text() == "access-secret-000002"
    assert spotify.token.status().warn_reauthorize
    assert spotify.token.status().authorized_at == START
    await spotify.sign_in()
    assert not spotify.token.status().warn_reauthorize


async def test_twitch_knows_no_such_limit(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(days=200))
    assert stage.token.status().reauthorize_by is None
    assert not stage.token.status().warn_reauthorize


# Validation


async def test_twitch_is_validated_hourly_and_at_start(stage: Stage) -> None:
    await stage.sign_in()
    await stage.rig.pass_time(timedelta(hours=3, minutes=1))
    assert stage.server.validations == 3
    await stage.restart()
    await stage.token.open_vault()
    assert stage.server.validations == 4
    await stage.rig.pass_time(timedelta(minutes=59))
    assert stage.server.validations == 4
    await stage.rig.pass_time(timedelta(minutes=2))
    assert stage.server.validations == 5


async def test_spotify_is_not_validated(spotify: Stage) -> None:
    await spotify.sign_in()
    await spotify.rig.pass_time(timedelta(hours=3))
    await spotify.restart()
    await spotify.text()
    assert spotify.server.validations == 0


async def test_the_providers_word_about_scopes_counts(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.scopes = frozenset({"scope:one"})
    await stage.rig.pass_time(timedelta(hours=1))
    assert stage.token.status().missing_scopes == {"scope:two"}


async def test_a_validation_that_fails_in_passing_comes_again_after_ten_minutes(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.validation_error = PassingFailure("no answer")
    await stage.rig.pass_time(timedelta(hours=1))
    assert stage.server.validations == 1
    stage.server.validation_error = None
    await stage.rig.pass_time(timedelta(minutes=10, seconds=1))
    assert stage.server.validations == 2
    assert stage.server.refreshes == []


async def test_a_token_found_dead_by_validation_is_renewed(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.expire_access()
    await stage.rig.pass_time(timedelta(hours=1))
    assert len(stage.server.refreshes) == 1
    assert await stage.text() == "access-secret-000002"


@pytest.mark.expected_logs("ended the login")
async def test_a_login_withdrawn_by_the_person_is_noticed_within_the_hour(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.end_everything()
    await stage.rig.pass_time(timedelta(hours=1))
    assert stage.token.status().phase == "reauthorization_required"
    assert stage.token.alarm_due("validate") is None
    validations = stage.server.validations
    await stage.rig.pass_time(timedelta(hours=3))
    assert stage.server.validations == validations


async def test_a_late_answer_about_an_old_token_changes_nothing(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.validation_error = TokenRejected()
    stage.server.hold()
    await stage.rig.pass_time(timedelta(hours=1))
    await stage.sign_in()
    stage.server.release()
    await settle()
    assert await stage.text() == "access-secret-000002"
    assert stage.server.refreshes == []


# The row on disk


@pytest.mark.expected_logs("")
@pytest.mark.parametrize(
    ("column", "value"),
    [("expires_at", "'soon'"), ("failures", "'some'"), ("scopes", "x'00ff'"), ("account_login", "NULL")],
)
async def test_a_malformed_row_is_set_aside_and_reported(stage: Stage, column: str, value: str) -> None:
    await stage.sign_in()
    with stage.rig.transactions.begin() as tx:
        tx.session.execute(
            text("UPDATE token_state SET COLUMN = VALUE".replace("COLUMN", column).replace("VALUE", value))
        )
    await stage.restart()
    assert stage.problem
    assert stage.token.status().phase == "not_configured"
    with stage.rig.transactions.begin() as tx:
        ((source, reason),) = tx.session.execute(text("SELECT source, reason FROM set_aside"))
    assert (source, reason) == ("token_state/twitch", stage.problem)
    await stage.restart()
    assert stage.problem is None
    await stage.sign_in()
    assert await stage.text() == "access-secret-000002"


async def test_both_logins_keep_to_themselves(stage: Stage, spotify: Stage) -> None:
    await stage.sign_in()
    assert spotify.token.status().phase == "not_configured"


def test_the_rules_have_the_numbers_of_the_domain() -> None:
    assert timedelta(minutes=5) == rules.SAFETY
    assert [it.total_seconds() for it in (*rules.RETRY_DELAYS, rules.LATER_RETRIES)] == [60, 120, 240, 600]
    assert rules.LONGEST_LIFE.total_seconds() == 31_536_000


async def test_concurrent_sign_ins_leave_one_whole_login(stage: Stage) -> None:
    first, second = stage.server.sign_in(), stage.server.sign_in()
    stage.vault.hold()
    both = asyncio.gather(stage.token.set_tokens(first), stage.token.set_tokens(second))
    await settle()
    stage.vault.release()
    for answer in await both:
        expect_ok(answer)
    access = await stage.text()
    number = access[-6:]
    assert stage.item("refresh") == f"refresh-secret-{number}"
    assert access in (stage.item("access") or "")
    assert (await stage.token.get_valid_token()) == Ok(replace(expect_ok(await stage.get()), client_id=CLIENT))


@pytest.mark.parametrize("waits_for", ["vault", "turn"])
async def test_a_cancelled_sign_in_never_mixes_two_accounts(stage: Stage, clock: FakeClock, waits_for: str) -> None:
    await stage.sign_in()
    first = stage.item("refresh")
    second = stage.server.sign_in(account=OTHER)
    assert second.grant.refresh_token is not None
    stage.vault.hold()
    asking = asyncio.ensure_future(stage.token.set_tokens(second, confirm_account=True))
    await settle(60 if waits_for == "vault" else 1)
    asking.cancel()
    await asyncio.wait({asking})
    stage.vault.release()
    await stage.token.close()
    await settle()
    account = stage.token.status().account
    clock.advance(timedelta(hours=4))
    await stage.text()
    spent = stage.server.refreshes[-1]
    assert spent == (second.grant.refresh_token.reveal() if account == OTHER else first)
