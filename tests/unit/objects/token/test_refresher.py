"""One refresh: however many callers, however late, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import (
    NotConfigured,
    ReauthorizationRequired,
    RefreshDelayed,
    SetUpWrong,
    TokenError,
)
from companion.ports.tokens import AccessToken, ClientRefused, GrantEnded, PassingFailure
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import settle
from tests.unit.objects.token.stage import Stage

DOWN = PassingFailure("no answer")
MARGIN = timedelta(hours=4) - timedelta(minutes=5)
"""When the token of a sign-in at `START` needs a refresh."""
ALARM = "refresh"


def tokens(answers: list[Result[AccessToken, TokenError]]) -> set[str]:
    return {answer.value.value.reveal() if isinstance(answer, Ok) else repr(answer.error) for answer in answers}


async def test_nobody_signed_in_is_said_without_asking_anybody(stage: Stage) -> None:
    assert await stage.get() == Err(NotConfigured())
    assert stage.server.refreshes == [] and stage.vault.calls == []


async def test_a_valid_token_is_handed_out_without_a_request(stage: Stage) -> None:
    await stage.sign_in()
    assert {await stage.text() for _ in range(100)} == {"access-secret-000001"}
    assert stage.server.refreshes == []


@pytest.mark.parametrize(("before_margin", "refreshes"), [(0.000001, 0), (0, 1), (-1, 1)])
async def test_valid_means_strictly_more_than_five_minutes_left(
    stage: Stage, clock: FakeClock, before_margin: float, refreshes: int
) -> None:
    await stage.sign_in()
    clock.advance(MARGIN - timedelta(seconds=before_margin))
    await stage.text()
    assert len(stage.server.refreshes) == refreshes


async def test_three_callers_one_request(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    answers = await asyncio.gather(stage.get(), stage.get(), stage.get())
    assert tokens(list(answers)) == {"access-secret-000002"}
    assert stage.server.refreshes == ["refresh-secret-000001"]


async def test_ten_thousand_callers_at_expiry_one_request(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    answers = await asyncio.gather(*(stage.get() for _ in range(10_000)))
    assert tokens(list(answers)) == {"access-secret-000002"}
    assert len(stage.server.refreshes) == 1


async def test_ten_thousand_staggered_late_rejections_one_request(stage: Stage) -> None:
    await stage.sign_in()
    old = await stage.text()
    stage.server.hold()

    async def late(number: int) -> Result[AccessToken, TokenError]:
        for _ in range(number // 100):
            await asyncio.sleep(0)
        if number == 5000:
            stage.server.release()
        return await stage.get(rejected=old)

    answers = await asyncio.gather(*(late(number) for number in range(10_000)))
    assert tokens(list(answers)) == {"access-secret-000002"}
    assert await stage.text(rejected=old) == "access-secret-000002"
    assert len(stage.server.refreshes) == 1


async def test_a_rejected_current_token_is_refreshed_however_valid_it_looks(stage: Stage) -> None:
    await stage.sign_in()
    assert await stage.text(rejected=await stage.text()) == "access-secret-000002"
    assert len(stage.server.refreshes) == 1


async def test_callers_that_come_during_the_refresh_join_it(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    first = await stage.held()
    assert stage.token.status().refreshing
    second = asyncio.create_task(stage.get(rejected="access-secret-000001"))
    await settle()
    stage.server.release()
    assert tokens([await first, await second]) == {"access-secret-000002"}
    assert len(stage.server.refreshes) == 1
    assert not stage.token.status().refreshing


async def test_a_callers_cancellation_does_not_cancel_the_refresh(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    stage.server.hold()
    impatient, patient = asyncio.create_task(stage.get()), asyncio.create_task(stage.get())
    await settle()
    impatient.cancel()
    await settle()
    assert impatient.cancelled()
    stage.server.release()
    assert tokens([await patient]) == {"access-secret-000002"}
    assert stage.item("refresh") == "refresh-secret-000002"


async def test_the_last_caller_may_go_and_the_new_login_is_kept_all_the_same(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    only = await stage.held()
    only.cancel()
    await settle()
    stage.server.release()
    await settle()
    assert stage.item("refresh") == "refresh-secret-000002"
    assert await stage.text() == "access-secret-000002"
    assert len(stage.server.refreshes) == 1


# Passing failures


async def test_the_first_failure_waits_60_s_then_120_240_600_600(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    stage.server.fail(DOWN, 6)
    await stage.rig.pass_time(MARGIN)
    times = []
    for _ in range(6):
        due = stage.token.status().next_attempt_at
        assert due is not None
        times.append((due - clock.now()).total_seconds())
        assert stage.token.alarm_due(ALARM) == due
        before = len(stage.server.refreshes)
        await stage.rig.pass_time((due - clock.now()) - timedelta(seconds=0.001))
        assert len(stage.server.refreshes) == before
        await stage.rig.pass_time(0.001)
        assert len(stage.server.refreshes) == before + 1
    assert times == [60, 120, 240, 600, 600, 600]
    assert await stage.text() == "access-secret-000002"
    status = stage.token.status()
    assert (status.consecutive_failures, status.next_attempt_at, status.last_failure) == (0, None, None)


async def test_retry_after_is_respected_when_longer_and_ignored_when_shorter(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    stage.server.fail(PassingFailure("429", clock.now() + timedelta(seconds=900)))
    await stage.get()
    assert stage.token.status().next_attempt_at == clock.now() + timedelta(seconds=900)
    clock.advance(900)
    stage.server.fail(PassingFailure("429", clock.now() + timedelta(seconds=5)))
    await stage.get()
    assert stage.token.status().next_attempt_at == clock.now() + timedelta(seconds=120)


async def test_an_old_token_that_has_not_expired_is_handed_out_meanwhile(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(MARGIN)
    stage.server.fail(DOWN)
    assert [await stage.text() for _ in range(50)] == ["access-secret-000001"] * 50
    assert len(stage.server.refreshes) == 1


async def test_after_its_expiry_callers_are_told_when_to_come_back(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=4))
    stage.server.fail(DOWN)
    later = clock.now() + timedelta(seconds=60)
    for _ in range(50):
        assert await stage.get() == Err(RefreshDelayed("no answer", later))
    assert len(stage.server.refreshes) == 1
    clock.advance(60)
    assert await stage.text() == "access-secret-000002"


async def test_a_rejected_token_is_not_handed_out_though_it_looks_alive(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.fail(DOWN)
    old = await stage.text()
    for _ in range(5):
        answer = await stage.get(rejected=old)
        assert isinstance(answer, Err) and isinstance(answer.error, RefreshDelayed)
        assert isinstance(await stage.get(), Err)
    assert len(stage.server.refreshes) == 1


async def test_an_expired_token_is_never_handed_out_though_the_retries_are_forgotten_meanwhile(
    stage: Stage, clock: FakeClock
) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    clock.advance(timedelta(hours=5))
    stage.server.fail(DOWN)
    caller = await stage.held()
    stage.server.release()

    async def go_offline_as_soon_as_it_failed() -> None:
        while not stage.token.status().consecutive_failures:
            await asyncio.sleep(0)
        await stage.token.on_stream_offline()

    await go_offline_as_soon_as_it_failed()
    answer = await caller
    assert isinstance(answer, Err) and isinstance(answer.error, RefreshDelayed)


async def test_a_persons_retry_asks_at_once(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.server.fail(DOWN)
    await stage.get()
    answer = await stage.token.retry()
    assert tokens([answer]) == {"access-secret-000002"}
    assert len(stage.server.refreshes) == 2
    await stage.token.retry()
    assert len(stage.server.refreshes) == 2  # a valid token needs no request


async def test_a_clock_set_back_does_not_hold_up_the_next_attempt(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    clock.advance(timedelta(hours=5))
    stage.server.fail(DOWN)
    await stage.get()
    clock.jump(-timedelta(minutes=50))
    await stage.rig.pass_time(61)
    assert len(stage.server.refreshes) == 2


# Terminal answers


@pytest.mark.expected_logs("ended the login")
@pytest.mark.parametrize("reason", ["invalid_grant", "Invalid refresh token"])
async def test_a_terminal_answer_ends_the_login_for_good(stage: Stage, clock: FakeClock, reason: str) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    stage.server.fail(GrantEnded(reason))
    await stage.rig.pass_time(MARGIN)
    ended = Err(ReauthorizationRequired(reason, START + MARGIN))
    calls = len(stage.vault.calls), len(stage.server.refreshes), stage.server.validations
    for _ in range(20):
        assert await stage.get() == ended
        assert await stage.get(rejected="access-secret-000001") == ended
    await stage.rig.pass_time(timedelta(days=1))
    assert (len(stage.vault.calls), len(stage.server.refreshes), stage.server.validations) == calls
    assert stage.token.alarm_due(ALARM) is None
    status = stage.token.status()
    assert (status.phase, status.reason, status.since) == ("reauthorization_required", reason, START + MARGIN)
    assert stage.vault.items == {}
    await stage.restart()
    assert await stage.get() == ended
    await stage.sign_in()
    assert stage.token.status().phase == "authorized"
    assert await stage.text() == "access-secret-000002"


@pytest.mark.expected_logs("refuses the client id")
async def test_a_wrong_set_up_keeps_the_login(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    stage.server.fail(ClientRefused("missing client secret"))
    await stage.rig.pass_time(MARGIN)
    for _ in range(20):
        assert await stage.get() == Err(SetUpWrong("missing client secret"))
    assert len(stage.server.refreshes) == 1
    assert stage.item("refresh") == "refresh-secret-000001"
    assert stage.token.alarm_due(ALARM) is None
    await stage.restart()
    assert await stage.get() == Err(SetUpWrong("missing client secret"))
    answer = await stage.token.retry()
    assert tokens([answer]) == {"access-secret-000002"}
    assert stage.token.status().phase == "authorized"


@pytest.mark.expected_logs("ended the login")
async def test_a_lost_answer_is_named_when_the_login_turns_out_spent(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.server.lose_answers = 1
    await stage.get()
    clock.advance(60)
    answer = await stage.get()
    assert isinstance(answer, Err) and isinstance(answer.error, ReauthorizationRequired)
    assert "lost on the way" in answer.error.reason


# While live


async def test_the_proactive_refresh_runs_only_while_live(spotify: Stage) -> None:
    await spotify.sign_in()
    assert spotify.token.alarm_due(ALARM) is None
    await spotify.rig.pass_time(timedelta(hours=5))
    assert spotify.server.refreshes == []
    await spotify.token.on_stream_online()
    assert spotify.token.alarm_due(ALARM) == spotify.clock.now() + timedelta(seconds=1)  # overdue: in one second
    await spotify.rig.pass_time(1)
    assert len(spotify.server.refreshes) == 1
    assert spotify.token.alarm_due(ALARM) == spotify.clock.now() + MARGIN
    await spotify.rig.pass_time(MARGIN)
    assert len(spotify.server.refreshes) == 2


async def test_going_online_twice_sets_one_alarm(stage: Stage) -> None:
    await stage.sign_in()
    for _ in range(3):
        await stage.token.on_stream_online()
    await stage.rig.pass_time(MARGIN)
    assert len(stage.server.refreshes) == 1


async def test_going_offline_cancels_the_alarm_and_forgets_the_retries(spotify: Stage) -> None:
    await spotify.sign_in()
    await spotify.token.on_stream_online()
    spotify.server.fail(DOWN, 3)
    await spotify.rig.pass_time(MARGIN + timedelta(minutes=2))
    assert spotify.token.status().consecutive_failures == 2
    await spotify.token.on_stream_offline()
    assert spotify.token.alarm_due(ALARM) is None
    status = spotify.token.status()
    assert (status.consecutive_failures, status.next_attempt_at) == (0, None)
    requests = len(spotify.server.refreshes)
    await spotify.rig.pass_time(timedelta(hours=10))
    assert len(spotify.server.refreshes) == requests


async def test_the_alarm_looks_again_before_it_acts(stage: Stage) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    await stage.rig.pass_time(timedelta(hours=3))
    await stage.text(rejected="access-secret-000001")
    assert len(stage.server.refreshes) == 1
    await stage.rig.pass_time(timedelta(minutes=56))  # past the first token's time
    assert len(stage.server.refreshes) == 1


async def test_live_survives_a_restart_and_so_does_its_alarm(stage: Stage) -> None:
    await stage.sign_in()
    await stage.token.on_stream_online()
    await stage.restart()
    assert stage.token.alarm_due(ALARM) == START + MARGIN
    await stage.rig.pass_time(MARGIN)
    assert len(stage.server.refreshes) == 1


@pytest.mark.parametrize("live", [True, False])
async def test_a_transition_during_a_refresh_is_not_forgotten(stage: Stage, clock: FakeClock, live: bool) -> None:
    await stage.sign_in()
    if not live:
        await stage.token.on_stream_online()
    clock.advance(MARGIN)
    caller = await stage.held()
    stage.vault.hold()
    stage.server.release()
    await settle()  # the answer is there, the keyring takes its time
    await (stage.token.on_stream_online() if live else stage.token.on_stream_offline())
    stage.vault.release()
    await caller
    assert (stage.token.alarm_due(ALARM) is not None) == live


async def test_on_demand_refresh_works_off_air(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=30))
    assert await stage.text() == "access-secret-000002"


# Stopping


async def test_closing_waits_for_a_refresh_in_flight(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    caller = await stage.held()
    closing = asyncio.create_task(stage.token.close())
    await settle()
    assert not closing.done()
    stage.server.release()
    await closing
    assert stage.item("refresh") == "refresh-secret-000002"
    await caller
    await stage.token.close()


async def test_while_stopping_no_refresh_begins(stage: Stage, clock: FakeClock) -> None:
    await stage.sign_in()
    clock.advance(timedelta(hours=5))
    stage.rig.supervisor.close()
    answer = await stage.get()
    assert isinstance(answer, Err) and isinstance(answer.error, RefreshDelayed)
    assert stage.server.refreshes == []


@pytest.mark.parametrize("kind", [PassingFailure, GrantEnded, ClientRefused])
@pytest.mark.expected_logs("companion.test: twitch")
async def test_a_refusal_that_quotes_the_request_gives_nothing_away(
    stage: Stage, clock: FakeClock, kind: type[PassingFailure | GrantEnded | ClientRefused]
) -> None:
    await stage.sign_in()
    spent = stage.item("refresh")
    assert spent is not None
    clock.advance(MARGIN)
    stage.server.fail(kind(f"refused: grant_type=refresh_token&refresh_token={spent}"))
    answer = await stage.get()
    assert spent not in repr(stage.token.status()) and spent not in repr(answer)
    await stage.rig.close()
    files = b"".join(each.read_bytes() for each in stage.rig.path.parent.iterdir() if each.is_file())
    assert b"refused:" in files and spent.encode() not in files
