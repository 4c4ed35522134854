from __future__ import annotations

from datetime import timedelta

import pytest

from companion.ports.twitch import Gap
from companion.services.twitch.eventsub_commands import OpenSocket, ReportRevoked, Subscribed
from companion.services.twitch.subscriptions import SubscriptionRequest
from tests.fakes.clock import START
from tests.unit.services.twitch import frames
from tests.unit.services.twitch.rig import PASSING, REFUSED, URL, Rig, closes, opens, subscribes


def test_off_until_enabled() -> None:
    rig = Rig()
    assert rig.phase == "off"
    assert rig.session.deadline is None
    assert rig.pass_time(1000) == []


def test_from_enabling_to_the_first_gap_report() -> None:
    rig = Rig()
    assert rig.take(rig.session.enable(rig.at)) == [OpenSocket(1, URL)]
    assert rig.phase == "connecting"
    asked = subscribes(rig.frame(1, frames.welcome("s1")))
    assert [command.request.type for command in asked] == ["stream.online", "stream.offline"]
    assert {command.session_id for command in asked} == {"s1"}
    assert rig.phase == "connecting", "welcomed, but deaf"
    rig.answer(asked)
    assert rig.phase == "connected"
    assert rig.session.status().subscriptions == ("stream.online", "stream.offline")
    assert rig.gaps == [Gap(None, START, "Companion was not connected before")]


def test_the_clock_is_compared_at_each_welcome() -> None:
    rig = Rig()
    rig.wall += timedelta(minutes=11)
    rig.take(rig.session.enable(rig.at))
    rig.frame(1, frames.welcome(at="2026-01-01T00:00:00.000000000Z"))
    assert rig.session.status().clock_offset == timedelta(minutes=11)


def test_nothing_is_dropped_by_age() -> None:
    rig = Rig()
    rig.wall += timedelta(days=2)
    rig.connect()
    rig.frame(1, frames.stream_online())
    assert len(rig.delivered) == 1


def test_a_message_id_is_delivered_once() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, frames.stream_online(message_id="m1"))
    rig.pass_time(1)
    rig.frame(1, frames.stream_online(message_id="m1"))
    assert len(rig.delivered) == 1


def test_silence_beyond_the_grace_is_a_lost_connection() -> None:
    rig = Rig()
    rig.connect()
    rig.pass_time(11.9)
    assert rig.phase == "connected"
    rig.frame(1, frames.keepalive())
    heard = rig.wall
    rig.pass_time(11.9)
    assert rig.phase == "connected"
    assert closes(rig.pass_time(0.2)) == [1]
    assert rig.phase == "waiting"
    assert rig.session.status().reason == "Twitch fell silent"
    rig.closed(1)
    opened = opens(rig.to_deadline())
    assert opened == [OpenSocket(2, URL)]
    rig.establish(2, "s2")
    assert rig.gaps[1:] == [Gap(heard, rig.wall, "Twitch fell silent")]


def test_a_held_up_reader_is_not_silence_of_twitch() -> None:
    rig = Rig()
    rig.connect()
    rig.mono += 60
    rig.take(rig.session.touch(rig.at))
    rig.pass_time(1)
    assert rig.phase == "connected"


def test_a_reconnect_keeps_both_sockets_until_the_welcome_and_loses_nothing() -> None:
    rig = Rig()
    rig.connect("s1")
    assert rig.frame(1, frames.reconnect("wss://else.test/ws?c=1")) == [OpenSocket(2, "wss://else.test/ws?c=1")]
    rig.frame(1, frames.stream_online(message_id="on the old"))
    assert rig.phase == "connected"
    rig.frame(2, frames.stream_offline(message_id="early on the new"))
    told = rig.frame(2, frames.welcome("s2", keepalive=None))
    assert closes(told) == [1] and subscribes(told) == []
    rig.frame(1, frames.stream_online(message_id="late on the old"))
    rig.frame(2, frames.stream_offline(message_id="on the new"))
    rig.closed(1, 1000)
    assert [told.message_id for told in rig.delivered] == [
        "on the old",
        "early on the new",
        "late on the old",
        "on the new",
    ]
    assert len(rig.gaps) == 1, "a seamless move is no gap"
    rig.pass_time(11.9)
    assert rig.phase == "connected"
    rig.pass_time(0.2)
    assert rig.phase == "waiting", "the keepalive span moved along"


def test_a_reconnect_repeats_the_message_of_the_old_socket_on_the_new() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, frames.reconnect())
    rig.frame(1, frames.stream_online(message_id="m1"))
    rig.frame(2, frames.welcome("s2"))
    rig.frame(2, frames.stream_online(message_id="m1"))
    assert len(rig.delivered) == 1


def test_an_old_socket_that_dies_early_leaves_a_gap_and_a_check() -> None:
    rig = Rig()
    rig.connect("s1")
    rig.pass_time(5)
    rig.frame(1, frames.reconnect())
    heard = rig.wall
    rig.pass_time(1)
    rig.closed(1, 4004)
    assert rig.phase == "connecting"
    assert rig.session.status().subscriptions == ()
    asked = subscribes(rig.frame(2, frames.welcome("s2")))
    assert len(asked) == 2 and asked[0].own_sessions == {"s1", "s2"}
    rig.answer(asked)
    assert rig.phase == "connected"
    (gap,) = rig.gaps[1:]
    assert gap.since == heard and gap.until == rig.wall


def test_an_answer_from_before_the_early_death_is_not_believed() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    before = subscribes(rig.frame(1, frames.welcome("s1")))
    rig.frame(1, frames.reconnect())
    rig.closed(1)
    rig.frame(2, frames.welcome("s2"))
    rig.answer(before)
    assert rig.phase == "connecting"


def test_a_reconnect_address_that_fails_is_tried_again_then_given_up() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, frames.reconnect("wss://else.test/ws"))
    rig.closed(2, None, "no connection")
    assert rig.phase == "connected", "the old socket still reads"
    assert opens(rig.to_deadline()) == [OpenSocket(3, "wss://else.test/ws")]
    rig.pass_time(15)
    assert closes(rig.commands)[-1:] == [3]
    rig.pass_time(15)
    assert set(closes(rig.commands)) == {1, 3}
    assert rig.phase == "waiting"
    assert rig.session.status().reason == "the move to another server came too late"


def test_4007_means_a_fresh_connection_to_the_default_address() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, frames.reconnect("wss://else.test/ws"))
    rig.closed(2, 4007)
    assert rig.phase == "waiting"
    rig.closed(1)
    assert opens(rig.to_deadline()) == [OpenSocket(3, URL)]
    rig.establish(3, "s3")
    assert len(rig.gaps) == 2


@pytest.mark.expected_logs("another scheme")
def test_a_reconnect_address_without_encryption_is_ignored() -> None:
    rig = Rig()
    rig.connect()
    assert rig.frame(1, frames.reconnect("ws://else.test/ws")) == []


@pytest.mark.parametrize("code", [4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 1006, 1001, None])
def test_after_every_close_code_a_fresh_connection_and_a_gap(code: int | None) -> None:
    rig = Rig()
    rig.connect()
    rig.pass_time(3)
    rig.closed(1, code)
    assert rig.phase == "waiting"
    assert rig.session.status().retry_at is not None
    opened = opens(rig.to_deadline())
    assert opened == [OpenSocket(2, URL)]
    rig.establish(2, "s2")
    assert [gap.since for gap in rig.gaps] == [None, START]
    assert rig.session.status().last_gap == rig.gaps[-1]


def test_back_off_grows_to_a_minute_and_starts_anew_after_a_stable_connection() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    waits = []
    for number in range(1, 12):
        rig.closed(number, None, "no connection")
        before = rig.mono
        assert opens(rig.to_deadline()) == [OpenSocket(number + 1, URL)]
        waits.append(rig.mono - before)
    assert 0.8 <= waits[0] <= 1.2
    assert 40 <= waits[-1] <= 60
    rig.establish(12, "s")
    for _ in range(6):
        rig.pass_time(10)
        rig.frame(12, frames.keepalive())
    rig.closed(12, 4000)
    before = rig.mono
    rig.to_deadline()
    assert rig.mono - before <= 1.2


def test_no_welcome_in_time() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    rig.take(rig.session.opened(1, rig.at))
    assert closes(rig.pass_time(15)) == [1]
    assert rig.phase == "waiting"


@pytest.mark.expected_logs("not subscribed")
def test_a_session_without_subscriptions_is_never_connected_and_given_up() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    rig.answer(rig.frame(1, frames.welcome()), PASSING)
    for _ in range(14):
        assert rig.phase == "connecting"
        rig.frame(1, frames.keepalive())
        rig.answer(rig.pass_time(1), PASSING)
    rig.frame(1, frames.keepalive())
    rig.pass_time(1)
    assert rig.phase == "waiting"
    assert rig.gaps == []


@pytest.mark.expected_logs("not subscribed")
def test_all_refused_waits_instead_of_sitting_deaf() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    told = rig.answer(rig.frame(1, frames.welcome()), REFUSED)
    assert closes(told) == [1]
    assert rig.phase == "waiting"
    assert dict(rig.session.status().failed_subscriptions)["stream.online"] == "not allowed"


@pytest.mark.expected_logs("not subscribed")
def test_one_refused_subscription_does_not_stop_the_others() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    first, second = subscribes(rig.frame(1, frames.welcome()))
    rig.take(rig.session.subscribed(first, REFUSED, rig.at))
    assert rig.gaps == []
    rig.take(rig.session.subscribed(second, Subscribed(), rig.at))
    status = rig.session.status()
    assert (status.phase, status.subscriptions) == ("connected", ("stream.offline",))
    assert status.failed_subscriptions == (("stream.online", "not allowed"),)
    assert len(rig.gaps) == 1


@pytest.mark.expected_logs("not subscribed")
def test_a_subscription_that_comes_late_ends_a_gap_of_its_own() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    first, second = subscribes(rig.frame(1, frames.welcome()))
    rig.take(rig.session.subscribed(first, PASSING, rig.at))
    rig.take(rig.session.subscribed(second, Subscribed(), rig.at))
    assert len(rig.gaps) == 1
    rig.answer(rig.pass_time(2))
    assert [(gap.since, gap.until) for gap in rig.gaps] == [(None, START), (None, rig.wall)]


@pytest.mark.expected_logs("withdrew")
def test_a_revocation_is_told_and_asked_for_again() -> None:
    rig = Rig()
    rig.connect()
    rig.pass_time(1)
    gone = rig.wall
    rig.frame(1, frames.revocation("stream.online", "authorization_revoked"))
    assert rig.revoked == [ReportRevoked("stream.online", "authorization_revoked")]
    assert rig.session.status().subscriptions == ("stream.offline",)
    rig.answer(rig.pass_time(2))
    assert len(rig.session.status().subscriptions) == 2
    assert [(gap.since, gap.until) for gap in rig.gaps[1:]] == [(gone, rig.wall)]


@pytest.mark.expected_logs("withdrew")
def test_a_withdrawn_version_is_not_asked_for_again() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, frames.revocation("stream.online", "version_removed"))
    for _ in range(10):
        assert subscribes(rig.pass_time(10)) == []
        rig.frame(1, frames.keepalive())
    assert rig.session.status().failed_subscriptions == (("stream.online", "Twitch withdrew it (version_removed)"),)


@pytest.mark.expected_logs("withdrew")
def test_a_revocation_hits_the_subscription_of_its_condition_only() -> None:
    incoming = SubscriptionRequest(type="channel.raid", condition=(("to_broadcaster_user_id", "1"),))
    outgoing = SubscriptionRequest(type="channel.raid", condition=(("broadcaster_user_id", "1"),))
    rig = Rig((incoming, outgoing))
    rig.connect()
    rig.frame(1, frames.revocation("channel.raid"))
    assert rig.session.status().subscriptions == ("channel.raid",)
    assert [command.request for command in subscribes(rig.pass_time(2))] == [outgoing]


@pytest.mark.expected_logs("not understood")
def test_a_malformed_frame_is_counted_and_survived() -> None:
    rig = Rig()
    rig.connect()
    rig.frame(1, "{broken")
    rig.frame(1, b"\x00")
    rig.frame(1, frames.stream_online())
    assert rig.session.malformed_frames == 2
    assert rig.phase == "connected"
    assert len(rig.delivered) == 1


@pytest.mark.expected_logs("not understood")
def test_an_unreadable_notification_is_caught_up_at_most_once_a_minute() -> None:
    rig = Rig()
    rig.connect()
    for _ in range(30):
        rig.frame(1, frames.notification("stream.online", {"id": "1"}))
        rig.pass_time(1)
    assert len(rig.gaps) == 2
    for _ in range(7):
        rig.frame(1, frames.keepalive())
        rig.pass_time(5)
    assert len(rig.gaps) == 3


def test_disabling_closes_and_enabling_reports_the_gap() -> None:
    rig = Rig()
    rig.connect()
    assert closes(rig.take(rig.session.disable(rig.at, "signed out"))) == [1]
    status = rig.session.status()
    assert (status.phase, status.reason) == ("off", "signed out")
    rig.frame(1, frames.stream_online())
    assert rig.delivered == []
    rig.closed(1)
    assert rig.session.deadline is None
    rig.pass_time(100)
    opened = opens(rig.take(rig.session.enable(rig.at)))
    rig.establish(opened[0].socket, "s2")
    assert rig.gaps[1:] == [Gap(START, rig.wall, "signed out")]


def test_reconnect_now_while_waiting_does_not_wait() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    rig.closed(1, None, "no connection")
    assert opens(rig.take(rig.session.reconnect_now(rig.at))) == [OpenSocket(2, URL)]


def test_never_more_than_two_sockets_however_often_the_button_is_pressed() -> None:
    rig = Rig()
    rig.connect()
    for _ in range(10):
        rig.take(rig.session.reconnect_now(rig.at))
    assert len(opens(rig.commands)) == 2
    rig.closed(1)
    assert [opened.url for opened in opens(rig.commands)] == [URL] * 3


def test_a_socket_that_never_confirms_its_end_is_forgotten() -> None:
    rig = Rig()
    rig.connect()
    rig.take(rig.session.reconnect_now(rig.at))
    rig.take(rig.session.reconnect_now(rig.at))
    assert len(opens(rig.commands)) == 2
    rig.to_deadline()
    assert len(opens(rig.commands)) == 3


def test_a_second_welcome_and_a_stranger_socket_change_nothing() -> None:
    rig = Rig()
    rig.connect("s1")
    assert rig.frame(1, frames.welcome("s9")) == []
    assert rig.closed(77, 4000) == []
    assert rig.phase == "connected"


def test_what_still_comes_in_for_the_last_login_is_not_for_the_next() -> None:
    rig = Rig()
    rig.connect()
    rig.take(rig.session.disable(rig.at, "signed out"))
    rig.take(rig.session.enable(rig.at))
    rig.frame(1, frames.stream_online())
    assert rig.delivered == []
    rig.frame(2, frames.welcome("s2"))
    rig.frame(2, frames.stream_online())
    assert len(rig.delivered) == 1


def test_nothing_is_subscribed_on_a_session_that_is_moving() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    first, second = subscribes(rig.frame(1, frames.welcome("s1")))
    rig.take(rig.session.subscribed(first, Subscribed(), rig.at))
    rig.frame(1, frames.reconnect())
    rig.take(rig.session.subscribed(second, REFUSED, rig.at))
    assert subscribes(rig.pass_time(5)) == []
    asked = subscribes(rig.frame(2, frames.welcome("s2")))
    assert [(command.request.type, command.session_id) for command in asked] == [("stream.offline", "s2")]
    assert rig.session.status().failed_subscriptions == (), "a refusal by a moving session says nothing"


def test_a_refusal_for_the_session_before_the_move_says_nothing() -> None:
    rig = Rig()
    rig.take(rig.session.enable(rig.at))
    first, second = subscribes(rig.frame(1, frames.welcome("s1")))
    rig.take(rig.session.subscribed(first, Subscribed(), rig.at))
    rig.frame(1, frames.reconnect())
    rig.frame(2, frames.welcome("s2"))
    asked = subscribes(rig.take(rig.session.subscribed(second, REFUSED, rig.at)))
    assert [command.session_id for command in asked] == ["s2"]
    rig.answer(asked)
    assert len(rig.session.status().subscriptions) == 2


@pytest.mark.expected_logs("another scheme")
@pytest.mark.parametrize("url", ["ws://plain.test/ws", "wss://[::1/ws", "nonsense", ""])
def test_an_address_to_move_to_that_is_none_is_ignored(url: str) -> None:
    rig = Rig()
    rig.connect()
    assert opens(rig.frame(1, frames.reconnect(url))) == []
    assert rig.phase == "connected"
