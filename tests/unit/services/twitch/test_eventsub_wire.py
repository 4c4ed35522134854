from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from companion.kernel.result import Err, Ok
from companion.ports.twitch import StreamOffline, StreamOnline
from companion.services.twitch.eventsub_wire import (
    Keepalive,
    Notified,
    Reconnect,
    Revoked,
    UnknownKind,
    Welcome,
    read_frame,
)
from tests.unit.services.twitch import frames


def test_a_welcome_with_nanoseconds() -> None:
    read = read_frame(frames.welcome("AQo1", keepalive=10))
    assert read == Ok(Welcome("AQo1", 10, datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)))


def test_keepalive_and_reconnect() -> None:
    assert read_frame(frames.keepalive()) == Ok(Keepalive())
    assert read_frame(frames.reconnect("wss://x.test/ws?a=b")) == Ok(Reconnect("wss://x.test/ws?a=b"))


def test_stream_online() -> None:
    sent = datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)
    started = datetime(2026, 1, 1, 10, 0, 0, 123000, UTC)
    assert read_frame(frames.stream_online(message_id="m1")) == Ok(
        Notified("m1", "stream.online", StreamOnline("m1", sent, "9001", started))
    )


def test_stream_offline_has_only_the_time_of_its_message() -> None:
    sent = datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)
    assert read_frame(frames.stream_offline(message_id="m2")) == Ok(
        Notified("m2", "stream.offline", StreamOffline("m2", sent))
    )


def test_a_revocation_names_the_subscription() -> None:
    match read_frame(frames.revocation("stream.online", "user_removed")):
        case Ok(Revoked(_, "stream.online", condition, "user_removed")):
            assert condition == {"broadcaster_user_id": "1"}
        case other:
            pytest.fail(repr(other))


def test_what_did_not_exist_yet_is_no_error() -> None:
    assert read_frame(frames.frame("session_confetti", {"colour": "teal"})) == Ok(UnknownKind("session_confetti"))
    assert read_frame(frames.notification("channel.tea", {"cups": 2}, message_id="m3")) == Ok(
        Notified("m3", "channel.tea", None)
    )


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{",
        "[]",
        "null",
        b"\x00\x01",
        '{"metadata":{},"payload":{}}',
        frames.frame("session_welcome", {}),
        frames.frame("session_welcome", {"session": {"id": "", "keepalive_timeout_seconds": 10}}),
        frames.frame("session_keepalive", {}, at="yesterday"),
        frames.frame("session_keepalive", {}, at="2026-01-01T00:00:00"),
        frames.notification("stream.online", {"id": "1"}),
        frames.notification("stream.online", {"id": 1, "started_at": 5}),
        frames.frame("revocation", {"subscription": {}}),
    ],
)
def test_anything_else_is_a_typed_error(data: str | bytes) -> None:
    assert isinstance(read_frame(data), Err)


def test_the_error_names_fields_and_never_values() -> None:
    event = {"id": "9001", "started_at": "a-secret-value"}
    match read_frame(frames.notification("stream.online", event)):
        case Err(malformed):
            assert malformed.was_notification
            assert "started_at" in malformed.where
            assert "a-secret-value" not in malformed.where
        case Ok(frame):
            pytest.fail(repr(frame))


def test_an_unreadable_keepalive_is_not_taken_for_a_lost_notification() -> None:
    text = json.dumps(
        {
            "metadata": {
                "message_id": "m",
                "message_type": "session_welcome",
                "message_timestamp": "2026-01-01T00:00:00Z",
            },
            "payload": {"session": 3},
        }
    )
    match read_frame(text):
        case Err(malformed):
            assert not malformed.was_notification
        case Ok(frame):
            pytest.fail(repr(frame))
