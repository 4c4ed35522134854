"""Words for everything that has a closed list of names."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from companion.application.needs_you_items import Choice, ItemKind
from companion.ports.achievements import AnnouncementState, Trigger
from companion.ports.chat_commands import CommandKind, ComputedName
from companion.ports.raffle import EpochState
from companion.ports.rewards import ManagedReward
from companion.ports.sagas import Settlement
from companion.ports.song_queue import RequestState
from companion.ports.song_rules import BlockKind, HandOver, RequestSource
from companion.ports.viewers import ROLES
from companion.ui import feature_words as words
from tests.fakes.show import DEFINITIONS, NOW, SARA, SONG_REWARD, WILL, made, make_definition, request, roll


def test_every_name_has_a_word() -> None:
    assert set(words.ROLE_NAMES) == set(ROLES)
    assert set(words.SOURCE_NAMES) == set(get_args(RequestSource))
    assert set(words.HAND_OVERS) == set(get_args(HandOver))
    assert set(words.BLOCK_NAMES) == set(get_args(BlockKind))
    assert set(words.TRIGGERS) == set(get_args(Trigger))
    assert set(words.COMPUTED) == set(get_args(ComputedName))
    assert set(words.KIND_NAMES) == set(get_args(CommandKind))
    assert set(words.ITEM_ICONS) == set(get_args(ItemKind))
    assert set(words.CHOICE_NAMES) == {*get_args(Choice), *get_args(Settlement)}
    assert all(words.request_state(state).word for state in get_args(RequestState))
    assert all(words.epoch_state(state).word for state in get_args(EpochState))
    assert all(words.announced(state) for state in get_args(AnnouncementState)) and words.announced(None) == ""


def test_only_what_waits_in_our_own_queue_can_be_moved() -> None:
    states = {state: words.request_row(request(1, WILL, state=state), NOW).movable for state in get_args(RequestState)}
    assert [state for state, movable in states.items() if movable] == ["waiting"]


def test_a_request_tells_its_note_and_its_wait() -> None:
    row = words.request_row(request(2, SARA, note="Spotify has no device.", expected_wait=timedelta(minutes=9)), NOW)
    assert "Spotify has no device." in row.detail and row.right == "in about 9 min" and row.lead == "2"
    assert words.request_row(request(2, SARA, expected_wait=None), NOW).right == ""
    assert words.request_row(request(2, SARA, expected_wait=timedelta(0)), NOW).right == "in under a minute"


def test_a_win_a_record_and_a_miss_look_different() -> None:
    rows = [words.roll_row(roll(1, WILL, 0), NOW), words.roll_row(roll(2, WILL, 9, new_record=True), NOW),
            words.roll_row(roll(3, WILL, 9), NOW)]  # fmt: skip
    assert [row.state for row in rows] == ["Won", "Record: 9 away", "9 away"]
    assert len({row.icon for row in rows}) == 3


def test_a_condition_says_how_often_and_where() -> None:
    assert words.condition(make_definition(threshold=10)) == "Request played × 10"
    assert words.condition(make_definition(threshold=1)) == "Request played"
    assert words.condition(DEFINITIONS[1]) == "First request of the stream"
    assert words.condition(make_definition(scope="session", threshold=10)) == "Request played × 10, in one stream"


def test_a_reward_has_one_state() -> None:
    made_one = made(SONG_REWARD)
    paused = made(SONG_REWARD, is_paused=True)
    cases = [
        ManagedReward("raffle", SONG_REWARD, True, made_one, "Taken."),
        ManagedReward("raffle", SONG_REWARD, False, made_one, None),
        ManagedReward("raffle", SONG_REWARD, True, None, None),
        ManagedReward("raffle", SONG_REWARD, True, paused, None),
        ManagedReward("raffle", SONG_REWARD, True, made_one, None),
    ]
    states = [words.reward_state(case).word for case in cases]
    assert states == ["Needs you", "Switched off", "Not at Twitch yet", "Paused", "Open"]
