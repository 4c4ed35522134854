"""Notifications on disk: every kind comes back as it was."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.result import Err, Ok
from companion.ports.twitch import ChatMessage, Notification
from companion.runtime.notification_codec import decode_notification, encode_notification, kind_of
from tests.fakes.chat import a_message


@pytest.mark.parametrize("member", get_args(Notification), ids=lambda member: str(member.__name__))
@settings(max_examples=20)
@given(data=st.data())
def test_every_kind_survives(member: type[Notification], data: st.DataObject) -> None:
    strategy = st.from_type(member)
    notification = data.draw(strategy)
    assert decode_notification(kind_of(notification), encode_notification(notification)) == Ok(notification)


def test_text_of_any_script_survives() -> None:
    message = a_message("\u202e!sr 星野 \U0001f3b5 <b>\n")
    stored = encode_notification(message)
    assert decode_notification("ChatMessage", stored) == Ok(message)


def test_why_it_cannot_be_read_names_fields_and_no_values() -> None:
    assert decode_notification("Nonsense", "{}") == Err("unknown kind Nonsense")
    told = decode_notification(ChatMessage.__name__, '{"message_id": "secret"}')
    assert isinstance(told, Err) and "viewer: missing" in told.error and "secret" not in told.error
