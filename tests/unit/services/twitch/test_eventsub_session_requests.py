"""The session when other subscriptions are wanted: after a sign-in with more permissions, or with fewer."""

from __future__ import annotations

import pytest

from companion.ports.twitch import Gap
from companion.services.twitch.subscriptions import (
    ALL_SUBSCRIPTIONS,
    STREAM_SUBSCRIPTIONS,
    SubscriptionRequest,
    subscriptions_for,
)
from tests.unit.services.twitch import frames
from tests.unit.services.twitch.rig import PASSING, Rig, closes, opens, subscribes

CHEER = SubscriptionRequest(type="channel.cheer", scope="bits:read")
MORE = (*STREAM_SUBSCRIPTIONS, CHEER)


def test_what_is_new_joins_the_present_session() -> None:
    rig = Rig()
    rig.connect()
    told = rig.take(rig.session.set_requests(MORE, rig.at))
    assert [command.request for command in subscribes(told)] == [CHEER]
    assert closes(told) == []
    assert rig.phase == "connected"
    rig.answer(told)
    assert rig.session.status().subscriptions == ("stream.online", "stream.offline", "channel.cheer")


def test_what_happened_before_a_new_subscription_is_looked_up() -> None:
    rig = Rig()
    rig.connect()
    assert len(rig.gaps) == 1
    rig.answer(rig.take(rig.session.set_requests(MORE, rig.at)))
    assert rig.gaps[1:] == [Gap(None, rig.wall, "channel.cheer was not subscribed for a while")]


def test_the_same_again_does_nothing() -> None:
    rig = Rig()
    rig.connect()
    assert rig.take(rig.session.set_requests(tuple(reversed(STREAM_SUBSCRIPTIONS)), rig.at)) == []
    assert rig.session.status().failed_subscriptions == ()


def test_what_is_given_up_ends_with_its_session() -> None:
    rig = Rig(MORE)
    rig.connect()
    told = rig.take(rig.session.set_requests(STREAM_SUBSCRIPTIONS, rig.at))
    assert closes(told) == [1]
    opened = opens(told)
    assert len(opened) == 1, "a fresh session begins at once"
    rig.closed(1)
    asked = subscribes(rig.frame(opened[0].socket, frames.welcome("s2")))
    assert [command.request for command in asked] == list(STREAM_SUBSCRIPTIONS)
    rig.answer(asked)
    assert rig.gaps[1:] == [Gap(rig.wall, rig.wall, "fewer events may be read now")]


def test_an_answer_for_what_was_given_up_is_ignored() -> None:
    rig = Rig()
    rig.connect()
    asked = subscribes(rig.take(rig.session.set_requests(MORE, rig.at)))
    rig.take(rig.session.set_requests(STREAM_SUBSCRIPTIONS, rig.at))
    assert rig.answer(asked) == []


@pytest.mark.expected_logs("not subscribed")
def test_before_and_between_sessions_only_the_list_changes() -> None:
    rig = Rig()
    assert rig.take(rig.session.set_requests(MORE, rig.at)) == []
    rig.take(rig.session.enable(rig.at))
    assert rig.take(rig.session.set_requests(STREAM_SUBSCRIPTIONS, rig.at)) == []
    assert rig.take(rig.session.set_requests(MORE, rig.at)) == []
    asked = subscribes(rig.frame(1, frames.welcome("s1")))
    assert [command.request for command in asked] == list(MORE)
    rig.answer(asked[:2])
    rig.answer(asked[2:], PASSING)
    assert rig.session.status().failed_subscriptions == (("channel.cheer", "no network"),)


def test_during_a_move_what_is_new_waits_for_the_new_server() -> None:
    rig = Rig()
    rig.connect()
    successor = opens(rig.frame(1, frames.reconnect()))[0].socket
    assert rig.take(rig.session.set_requests(MORE, rig.at)) == []
    asked = subscribes(rig.frame(successor, frames.welcome("s2")))
    assert [(command.request, command.session_id) for command in asked] == [(CHEER, "s2")]


@pytest.mark.parametrize("requests", [(), (CHEER, CHEER)])
def test_no_subscription_and_the_same_twice_are_bugs(requests: tuple[SubscriptionRequest, ...]) -> None:
    rig = Rig()
    with pytest.raises(AssertionError):
        rig.session.set_requests(requests, rig.at)


def test_without_a_permission_only_what_needs_none_is_asked_for() -> None:
    assert [request.type for request in subscriptions_for(())] == ["stream.online", "stream.offline", "channel.raid"]


def test_each_permission_adds_its_own_and_takes_nothing() -> None:
    scopes: set[str] = set()
    before = subscriptions_for(scopes)
    for scope in sorted({request.scope for request in ALL_SUBSCRIPTIONS if request.scope}):
        scopes.add(scope)
        now = subscriptions_for(scopes)
        assert set(before) < set(now)
        assert {request.scope for request in set(now) - set(before)} == {scope}
        before = now
    assert before == ALL_SUBSCRIPTIONS


def test_the_conditions_name_the_account_where_it_belongs() -> None:
    conditions = {request.type: request.condition_for("1") for request in ALL_SUBSCRIPTIONS}
    assert conditions["channel.chat.message"] == {"broadcaster_user_id": "1", "user_id": "1"}
    assert conditions["channel.follow"] == {"broadcaster_user_id": "1", "moderator_user_id": "1"}
    assert conditions["channel.raid"] == {"to_broadcaster_user_id": "1"}
    assert conditions["channel.cheer"] == {"broadcaster_user_id": "1"}
