from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.result import Err, Ok
from companion.ports.rewards import Redemption
from companion.ports.twitch import (
    ChatMessage,
    Cheered,
    Followed,
    Notification,
    Raided,
    RedemptionAdded,
    RedemptionUpdated,
    Resubscribed,
    Subscribed,
    SubsGifted,
)
from companion.ports.viewers import ROLES, Viewer
from companion.services.twitch.eventsub_wire import MalformedFrame, Notified, read_frame
from tests.unit.services.twitch import events, frames
from tests.unit.services.twitch.rig import Rig

SENT = datetime(2026, 1, 1, 0, 0, 0, 123456, UTC)
ANN = Viewer("2", "ann", "Ann")


def read(type: str, event: dict[str, Any]) -> Notification:
    match read_frame(frames.notification(type, event, message_id="m1")):
        case Ok(Notified("m1", told, notification)) if notification is not None:
            assert told == type
            return notification
        case other:
            pytest.fail(repr(other))


def read_chat(event: dict[str, Any]) -> ChatMessage:
    told = read("channel.chat.message", event)
    assert isinstance(told, ChatMessage)
    return told


def test_redemptions_of_both_kinds() -> None:
    redeemed = datetime(2026, 1, 1, 10, 0, 0, 500000, UTC)
    bought = Redemption("redemption-1", "reward-1", ANN, "a song", "unfulfilled", redeemed, 500)
    assert read(events.ADDED, events.redemption()) == RedemptionAdded("m1", SENT, bought)
    settled = Redemption("redemption-1", "reward-1", ANN, "a song", "canceled", redeemed, 500)
    assert read(events.UPDATED, events.redemption(status="canceled")) == RedemptionUpdated("m1", SENT, settled)


@pytest.mark.parametrize(
    ("told", "meant"), [("FULFILLED", "fulfilled"), ("Canceled", "canceled"), ("eaten", "unknown")]
)
def test_a_status_in_any_case_and_one_that_nobody_knows(told: str, meant: str) -> None:
    added = read(events.ADDED, events.redemption(status=told))
    assert isinstance(added, RedemptionAdded)
    assert added.redemption.status == meant


def test_a_reward_that_asks_for_no_input() -> None:
    event = events.redemption()
    event["user_input"] = None
    added = read(events.ADDED, event)
    assert isinstance(added, RedemptionAdded)
    assert added.redemption.user_input == ""


def test_a_chat_message() -> None:
    assert read_chat(events.chat("Hi Kappa", id="c1")) == ChatMessage(
        message_id="m1",
        sent_at=SENT,
        chat_id="c1",
        viewer=ANN,
        text="Hi Kappa",
        role="everyone",
        color="#00FF7F",
        reply_to=None,
        from_other_channel=False,
        reward_id=None,
        is_first=False,
    )


@pytest.mark.parametrize(
    ("badges", "role"),
    [
        ([], "everyone"),
        (["premium", "bits"], "everyone"),
        (["subscriber"], "subscriber"),
        (["founder"], "subscriber"),
        (["subscriber", "vip"], "vip"),
        (["vip", "moderator", "founder"], "moderator"),
        (["subscriber", "lead_moderator"], "moderator"),
        (["broadcaster", "subscriber"], "broadcaster"),
    ],
)
def test_the_highest_badge_is_the_role(badges: list[str], role: str) -> None:
    assert read_chat(events.chat(badges=badges)).role == role
    assert read_chat(events.chat(badges=reversed(badges))).role == role


@given(
    badges=st.lists(st.sampled_from(["broadcaster", "moderator", "lead_moderator", "vip", "subscriber", "no_audio"]))
)
@settings(max_examples=50)
def test_one_more_badge_never_lowers_a_role(badges: list[str]) -> None:
    ranks = [ROLES.index(read_chat(events.chat(badges=badges[:size])).role) for size in range(len(badges) + 1)]
    assert ranks == sorted(ranks)


def test_the_owner_of_the_channel_needs_no_badge() -> None:
    event = events.chat(chatter_user_id="1", chatter_user_login="me", chatter_user_name="Me")
    assert read_chat(event).role == "broadcaster"


def test_the_badges_of_another_channel_count_for_nothing() -> None:
    event = events.chat(source_broadcaster_user_id="77", source_badges=[{"set_id": "moderator", "id": "1", "info": ""}])
    assert (read_chat(event).role, read_chat(event).from_other_channel) == ("everyone", True)


def test_shared_chat_out_of_our_own_channel_is_ours() -> None:
    assert not read_chat(events.chat(source_broadcaster_user_id="1", source_badges=[])).from_other_channel


def test_a_reply_a_reward_and_a_first_message() -> None:
    told = read_chat(
        events.chat(reply_to="chat-0", channel_points_custom_reward_id="reward-1", message_type="user_intro")
    )
    assert (told.reply_to, told.reward_id, told.is_first) == ("chat-0", "reward-1", True)


def test_a_chat_message_with_the_least_that_is_needed() -> None:
    told = read_chat(
        {
            "broadcaster_user_id": "1",
            "chatter_user_id": "2",
            "chatter_user_login": "Ann",
            "chatter_user_name": "",
            "message_id": "c1",
            "message": {"text": ""},
            "color": "",
            "badges": None,
            "something_new": [1, 2],
        }
    )
    assert (told.viewer, told.color, told.reply_to) == (Viewer("2", "ann", "ann"), "", None)


def test_a_name_stays_as_it_was_chosen() -> None:
    name = "\N{RIGHT-TO-LEFT MARK}<b>安</b>" + "\N{PARTY POPPER}" * 25
    assert read_chat(events.chat(chatter_user_name=name)).viewer == Viewer("2", "ann", name)


def test_followers_subscribers_and_renewals() -> None:
    assert read("channel.follow", events.follow()) == Followed("m1", SENT, ANN)
    assert read("channel.subscribe", events.subscribe(tier="3000", is_gift=True)) == Subscribed(
        "m1", SENT, ANN, 3, True
    )
    assert read("channel.subscription.message", events.resubscribe(months=15)) == Resubscribed("m1", SENT, ANN, 2, 15)


def test_gifts_and_cheers_with_and_without_a_name() -> None:
    assert read("channel.subscription.gift", events.gift(total=5)) == SubsGifted("m1", SENT, ANN, 3, 5)
    assert read("channel.subscription.gift", events.gift(anonymous=True)) == SubsGifted("m1", SENT, None, 3, 5)
    assert read("channel.cheer", events.cheer(bits=250)) == Cheered("m1", SENT, ANN, 250)
    assert read("channel.cheer", events.cheer(anonymous=True)) == Cheered("m1", SENT, None, 100)


def test_somebody_who_wants_no_name_gets_none_even_when_it_is_told() -> None:
    event = events.cheer()
    event["is_anonymous"] = True
    assert read("channel.cheer", event) == Cheered("m1", SENT, None, 100)


def test_a_raid_names_the_channel_that_came() -> None:
    assert read("channel.raid", events.raid(viewers=42)) == Raided("m1", SENT, Viewer("3", "bob", "Bob"), 42)


@pytest.mark.parametrize(
    ("type", "field", "value"),
    [
        (events.ADDED, "redeemed_at", "yesterday"),
        (events.ADDED, "status", None),
        (events.ADDED, "reward", {}),
        ("channel.chat.message", "message_id", ""),
        ("channel.chat.message", "message", "text"),
        ("channel.chat.message", "chatter_user_id", None),
        ("channel.subscribe", "tier", "gold"),
        ("channel.subscription.gift", "total", -1),
        ("channel.subscription.message", "cumulative_months", 2**63),
        ("channel.cheer", "bits", "many"),
        ("channel.raid", "viewers", None),
    ],
)
def test_an_event_of_another_shape_is_malformed(type: str, field: str, value: object) -> None:
    match read_frame(frames.notification(type, {**events.ALL[type], field: value})):
        case Err(MalformedFrame(where, was_notification=True)):
            assert field in where
        case other:
            pytest.fail(repr(other))


@pytest.mark.expected_logs("frame not understood")
@pytest.mark.parametrize("type", events.ALL)
def test_a_malformed_event_loses_none_of_its_neighbours(type: str) -> None:
    rig = Rig()
    socket = rig.connect()
    rig.frame(socket, frames.notification(type, events.ALL[type]))
    rig.frame(socket, frames.notification(type, {"nothing": "of use"}))
    rig.frame(socket, frames.notification(type, events.ALL[type]))
    assert len(rig.delivered) == 2
    assert rig.session.malformed_frames == 1
    assert rig.phase == "connected"


Damage = Callable[[dict[str, Any]], None]


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterable[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*path, key)
        yield from _paths(inside, (*path, key))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(data=st.data(), type=st.sampled_from(sorted(events.ALL)))
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_a_field_is_read_or_refused_and_never_raises(data: st.DataObject, type: str) -> None:
    event: Any = deepcopy(events.ALL[type])
    path = data.draw(st.sampled_from(sorted(_paths(event), key=str)))
    place = event
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = data.draw(_VALUES)
    match read_frame(json.dumps(json.loads(frames.notification(type, event)))):
        case Ok(Notified(_, told, notification)):
            assert told == type
            assert notification is not None
        case Err(MalformedFrame(was_notification=was)):
            assert was
        case other:
            pytest.fail(repr(other))
