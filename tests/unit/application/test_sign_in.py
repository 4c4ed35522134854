"""Signing in, for both providers: waiting, dead codes, timeouts, cancel, another account."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from companion.application.sign_in import SignInFlow
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
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import NotAllowListed, PremiumRequired
from companion.ports.sign_in import CodeDead, Denied, ListenerFailed, SpotifySignInError, StillPending, TimedOut
from companion.ports.tokens import BadTokens, ClientRefused, OtherAccount, PassingFailure, Provider
from tests.fakes.authorization import OTHER, PERSON, FakeAuthorization
from tests.fakes.clock import FakeClock
from tests.fakes.runtime import settle, until
from tests.fakes.sign_in import (
    FakeClientIds,
    FakeLogin,
    FakeSpotifySignIn,
    FakeTwitchSignIn,
    Sleeper,
)

PENDING = Err(StillPending())
DEAD = Err(CodeDead())


class Desk:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.twitch = FakeTwitchSignIn(clock)
        self.spotify = FakeSpotifySignIn(clock)
        self.logins: dict[Provider, FakeLogin] = {"twitch": FakeLogin("twitch"), "spotify": FakeLogin("spotify")}
        self.client_ids = FakeClientIds()
        self.supervisor = TaskSupervisor(logging.getLogger("companion.test"))
        self.sleep = Sleeper(clock.advance)
        self.seen: list[SignInState] = []
        self.scopes: dict[Provider, frozenset[str]] = {"twitch": frozenset({"a:b"}), "spotify": frozenset({"c"})}
        self.signed_in = FakeAuthorization(clock).sign_in()
        self.flow = SignInFlow(
            twitch=self.twitch,
            spotify=self.spotify,
            logins=self.logins,
            client_ids=self.client_ids,
            scopes=self.scopes,
            supervisor=self.supervisor,
            clock=clock,
            sleep=self.sleep,
            on_change=lambda: self.seen.extend(self.flow.states().values()),
        )

    def state(self, provider: Provider = "twitch") -> SignInState:
        return self.flow.states()[provider]

    async def over(self, provider: Provider = "twitch") -> SignInState:
        """Once nothing is waited for any more."""
        await until(lambda: not isinstance(self.state(provider), Starting | WaitingForCode | WaitingForBrowser), 5000)
        return self.state(provider)


@pytest_asyncio.fixture
async def desk(clock: FakeClock) -> AsyncIterator[Desk]:
    desk = Desk(clock)
    yield desk
    for provider in desk.logins:
        await desk.flow.cancel(provider)
    desk.supervisor.close()
    assert await desk.supervisor.drain(1.0) == ()


async def test_at_first_nothing_is_under_way(desk: Desk) -> None:
    assert desk.flow.states() == {"twitch": Idle(), "spotify": Idle()}


@pytest.mark.parametrize("provider", ["twitch", "spotify"])
@pytest.mark.parametrize("client_id", ["", "short", "A" * 30])
async def test_without_a_client_id_the_set_up_comes_first(desk: Desk, provider: Provider, client_id: str) -> None:
    desk.client_ids.save(provider, client_id)
    await desk.flow.start(provider)
    state = desk.state(provider)
    assert isinstance(state, Failed) and state.mend == "client_id"
    assert desk.twitch.asked == [] and desk.spotify.pending == []


# Twitch


async def test_twitch_shows_the_code_polls_at_its_interval_and_finishes(desk: Desk) -> None:
    desk.twitch.polls = [PENDING, PENDING, Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    assert desk.state() == Starting()
    assert await desk.over() == Finished(PERSON, session_only=False)
    assert desk.logins["twitch"].taken == [desk.signed_in]
    assert desk.sleep.slept == [5.0, 5.0, 5.0]
    assert desk.twitch.asked == [("a" * 30, frozenset({"a:b"}))]
    (waiting,) = {it for it in desk.seen if isinstance(it, WaitingForCode)}
    assert waiting.user_code == "ABCDEFGH"
    assert waiting.address.reveal() == "http://t.test/a"
    assert "http" not in repr(waiting)


async def test_a_feature_switched_in_mid_sign_in_is_asked_for_the_next_time(desk: Desk) -> None:
    desk.twitch.polls = [PENDING, Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    await until(lambda: bool(desk.twitch.asked), 5000)
    desk.scopes["twitch"] = frozenset({"a:b", "new"})
    await desk.over()
    await desk.flow.start("twitch")
    await desk.over()
    old, new = frozenset({"a:b"}), frozenset({"a:b", "new"})
    assert [scopes for _, scopes in desk.twitch.asked] == [old, new]
    assert desk.twitch.polled_for == [old, old, new]


async def test_a_login_that_lasts_for_the_session_is_said(desk: Desk) -> None:
    desk.logins["twitch"].shown = replace(desk.logins["twitch"].shown, session_only=True)
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    assert await desk.over() == Finished(PERSON, session_only=True)


@pytest.mark.parametrize("error", [ClientRefused("invalid client"), PassingFailure("no answer")])
async def test_no_code_no_wait(desk: Desk, error: ClientRefused | PassingFailure) -> None:
    desk.twitch.code_error = error
    await desk.flow.start("twitch")
    state = await desk.over()
    assert isinstance(state, Failed)
    assert state.mend == ("client_id" if isinstance(error, ClientRefused) else None)
    assert desk.twitch.polled == 0


async def test_a_code_is_given_up_at_the_third_dead_answer_in_a_row(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    desk.twitch.polls = [DEAD, DEAD, PENDING, DEAD, DEAD, DEAD, Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    state = await desk.over()
    assert isinstance(state, Failed) and state.mend is None
    assert desk.twitch.polled == 6
    assert "the sign-in to twitch did not work: This code is no longer valid." in caplog.text


async def test_a_code_that_comes_alive_again_is_taken(desk: Desk) -> None:
    desk.twitch.polls = [DEAD, DEAD, Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    assert isinstance(await desk.over(), Finished)


async def test_a_passing_failure_while_polling_is_shown_and_the_wait_goes_on(desk: Desk) -> None:
    desk.twitch.polls = [Err(PassingFailure("no answer")), PENDING, Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    assert isinstance(await desk.over(), Finished)
    troubles = [it.trouble for it in desk.seen if isinstance(it, WaitingForCode)]
    assert any(trouble is not None and "no answer" in trouble.text() for trouble in troubles)
    assert troubles[-1] is None or troubles[0] is None


async def test_a_client_refused_while_polling_ends_the_wait(desk: Desk) -> None:
    desk.twitch.polls = [Err(ClientRefused("invalid client"))]
    await desk.flow.start("twitch")
    state = await desk.over()
    assert isinstance(state, Failed) and state.mend == "client_id"


async def test_a_code_expires(desk: Desk) -> None:
    await desk.flow.start("twitch")
    state = await desk.over()
    assert isinstance(state, Failed) and "in time" in state.message.title
    assert desk.twitch.polled == 30 * 60 / 5


async def test_cancel_stops_the_polling_and_is_idle(desk: Desk) -> None:
    await desk.flow.start("twitch")
    await until(lambda: desk.twitch.polled > 3)
    await desk.flow.cancel("twitch")
    polled = desk.twitch.polled
    assert desk.state() == Idle()
    await settle()
    assert desk.twitch.polled == polled
    assert desk.supervisor.names() == ()


async def test_a_new_start_replaces_the_old_one(desk: Desk) -> None:
    await desk.flow.start("twitch")
    await settle(5)
    await desk.flow.start("twitch")
    assert desk.supervisor.names() == ("sign in to twitch",)


async def test_two_starts_at_once_leave_one_attempt(desk: Desk) -> None:
    await desk.flow.start("twitch")
    await settle(5)
    await asyncio.gather(*(desk.flow.start("twitch") for _ in range(4)))
    assert desk.supervisor.names() == ("sign in to twitch",)


async def test_both_providers_at_once(desk: Desk) -> None:
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("spotify")
    await desk.flow.start("twitch")
    assert isinstance(await desk.over("twitch"), Finished)
    assert isinstance(desk.state("spotify"), WaitingForBrowser)


async def test_dismissing_a_result_leads_back_to_idle(desk: Desk) -> None:
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    await desk.over()
    await desk.flow.cancel("twitch")
    assert desk.state() == Idle()


# Another account, and logins that make no sense


async def test_another_account_waits_for_a_confirmation(desk: Desk) -> None:
    login = desk.logins["twitch"]
    login.refusal = OtherAccount(PERSON, OTHER)
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    assert await desk.over() == ConfirmAccount(PERSON, OTHER)
    assert login.taken == []
    await desk.flow.confirm_account("twitch")
    assert isinstance(desk.state(), Finished)
    assert login.confirmed == [desk.signed_in]
    await desk.flow.confirm_account("twitch")
    assert len(login.taken) == 1


async def test_another_account_may_be_turned_down(desk: Desk) -> None:
    login = desk.logins["twitch"]
    login.refusal = OtherAccount(PERSON, OTHER)
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    await desk.over()
    await desk.flow.cancel("twitch")
    await desk.flow.confirm_account("twitch")
    assert desk.state() == Idle()
    assert login.taken == []


async def test_a_login_that_makes_no_sense_is_refused_in_words(desk: Desk) -> None:
    desk.logins["twitch"].refusal = BadTokens("the lifetime is out of range")
    desk.twitch.polls = [Ok(desk.signed_in)]
    await desk.flow.start("twitch")
    state = await desk.over()
    assert isinstance(state, Failed) and "makes no sense" in state.message.title


# Spotify


async def test_spotify_waits_for_the_browser_and_finishes(desk: Desk) -> None:
    await desk.flow.start("spotify")
    await settle()
    state = desk.state("spotify")
    assert isinstance(state, WaitingForBrowser)
    assert "authorize" in state.address.reveal() and "authorize" not in repr(state)
    desk.spotify.pending[0].come_back(Ok(desk.signed_in))
    assert await desk.over("spotify") == Finished(PERSON, session_only=False)


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (Denied(), None),
        (TimedOut(), None),
        (ClientRefused("invalid"), "client_id"),
        (PassingFailure("no answer"), None),
        (PremiumRequired(of_owner=True, detail=""), "premium"),
        (NotAllowListed(""), "user_list"),
    ],
)
async def test_spotify_failures_lead_to_the_step_that_mends_them(
    desk: Desk, error: SpotifySignInError, mend: str | None
) -> None:
    await desk.flow.start("spotify")
    await settle()
    desk.spotify.pending[0].come_back(Err(error))
    state = await desk.over("spotify")
    assert isinstance(state, Failed) and state.mend == mend
    assert state.message.title
    assert desk.logins["spotify"].taken == []


async def test_no_port_for_the_browsers_answer_is_said(desk: Desk) -> None:
    desk.spotify.error = ListenerFailed("in use")
    await desk.flow.start("spotify")
    state = await desk.over("spotify")
    assert isinstance(state, Failed) and "in use" in state.message.title


async def test_cancelling_spotify_closes_its_listener(desk: Desk) -> None:
    await desk.flow.start("spotify")
    await settle()
    await desk.flow.cancel("spotify")
    assert desk.spotify.pending[0].cancelled
    await settle()
    assert desk.state("spotify") == Idle()


async def test_starting_again_closes_the_old_listener(desk: Desk) -> None:
    for _ in range(3):
        await desk.flow.start("spotify")
        await settle()
    assert [it.cancelled for it in desk.spotify.pending] == [True, True, False]
    desk.spotify.pending[-1].come_back(Ok(desk.signed_in))
    assert isinstance(await desk.over("spotify"), Finished)


async def test_while_stopping_no_sign_in_begins(desk: Desk) -> None:
    desk.supervisor.close()
    await desk.flow.start("twitch")
    await settle()
    assert desk.twitch.asked == []


async def test_a_second_login_with_twitch_has_its_own_attempt_and_the_same_app(clock: FakeClock) -> None:
    desk = Desk(clock)
    bot = FakeLogin("twitch_bot")
    flow = SignInFlow(
        twitch=desk.twitch,
        spotify=desk.spotify,
        logins={**desk.logins, "twitch_bot": bot},
        client_ids=desk.client_ids,
        scopes={"twitch": frozenset({"a:b"}), "spotify": frozenset({"c"}), "twitch_bot": frozenset({"speak"})},
        supervisor=desk.supervisor,
        clock=clock,
        sleep=desk.sleep,
        on_change=lambda: None,
    )
    desk.twitch.polls = [PENDING, Ok(desk.signed_in)]
    await flow.start("twitch_bot")
    await until(lambda: isinstance(flow.states()["twitch_bot"], Finished), 5000)
    assert bot.taken == [desk.signed_in]
    assert desk.logins["twitch"].taken == []
    assert flow.states()["twitch"] == Idle()
    assert desk.twitch.asked == [(desk.client_ids.get("twitch"), frozenset({"speak"}))]
    await flow.cancel("twitch_bot")
