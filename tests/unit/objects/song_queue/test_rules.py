"""The rules for requests: each says no at its border, in words, and blames nobody when the fault is not theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.objects.song_queue import rules
from companion.objects.song_queue.rules import Facts
from companion.ports.song_rules import (
    RULE_ROLES,
    RULE_SOURCES,
    Block,
    QueueSettings,
    RequestSource,
    RuleRefusal,
    SourceRules,
)
from companion.ports.song_steps import NewRequest
from companion.ports.viewers import Role, Viewer
from tests.fakes.clock import START
from tests.fakes.spotify import a_track

ANN = Viewer("2", "ann", "Ann")
FACTS = Facts(live=True, waiting=0, of_viewer=0, last_request_at=None, is_queued=False, played_at=None)
NEW = NewRequest("r", "reward", ANN, "everyone", a_track(), START)
DEFAULT = QueueSettings()


def check(
    new: NewRequest = NEW, facts: Facts = FACTS, settings: QueueSettings = DEFAULT, blocks: tuple[Block, ...] = ()
) -> str | None:
    refusal = rules.check(new, facts, settings, blocks)
    return None if refusal is None else refusal.rule


def with_rules(role: Role = "everyone", **limits: Any) -> QueueSettings:  # noqa: ANN401 - as the fields are
    return QueueSettings(rules={"reward": {role: SourceRules(**limits)}})


def test_a_fine_request_is_let_in() -> None:
    assert check() is None


@pytest.mark.parametrize(
    ("facts", "settings", "rule"),
    [
        ({"live": False}, DEFAULT, "not_live"),
        ({"live": False}, with_rules(live_only=False), None),
        ({}, with_rules(enabled=False), "source_off"),
        ({"of_viewer": 2}, DEFAULT, None),
        ({"of_viewer": 3}, DEFAULT, "too_many"),
        ({"of_viewer": 99}, with_rules(most_at_once=None), None),
        ({"waiting": 49}, DEFAULT, None),
        ({"waiting": 50}, DEFAULT, "queue_full"),
        ({"waiting": 4}, with_rules(queue_cap=5), None),
        ({"waiting": 5}, with_rules(queue_cap=5), "queue_full"),
        ({"is_queued": True}, DEFAULT, "duplicate"),
        ({"is_queued": True}, with_rules(duplicate_window=timedelta(0)), None),
        ({"played_at": START - timedelta(minutes=29)}, DEFAULT, "duplicate"),
        ({"played_at": START - timedelta(minutes=30)}, DEFAULT, None),
        ({"played_at": START - timedelta(seconds=89)}, with_rules(duplicate_window=timedelta(seconds=90)), "duplicate"),
        ({"played_at": START - timedelta(seconds=90)}, with_rules(duplicate_window=timedelta(seconds=90)), None),
        ({"last_request_at": START - timedelta(seconds=59)}, with_rules(cooldown=timedelta(minutes=1)), "cooldown"),
        ({"last_request_at": START - timedelta(seconds=60)}, with_rules(cooldown=timedelta(minutes=1)), None),
    ],
)
def test_each_limit_at_its_border(facts: dict[str, Any], settings: QueueSettings, rule: str | None) -> None:
    assert check(facts=replace(FACTS, **facts), settings=settings) == rule


def test_length_and_explicit() -> None:
    ten = replace(NEW, track=a_track(duration_ms=600_000))
    longer = replace(NEW, track=a_track(duration_ms=600_001))
    assert (check(ten), check(longer), check(longer, settings=with_rules(longest=None))) == (None, "too_long", None)
    explicit = replace(NEW, track=replace(a_track(), explicit=True))
    assert check(explicit) is None
    assert check(explicit, settings=with_rules(explicit_allowed=False)) == "explicit"


def test_block_lists() -> None:
    assert check(blocks=(Block("viewer", "2", "Ann"),)) == "viewer_blocked"
    assert check(blocks=(Block("track", a_track().id, "Song 1"),)) == "track_blocked"
    assert check(blocks=(Block("artist", "somebody else", "Somebody Else"),)) == "artist_blocked"
    assert check(blocks=(Block("artist", "2", ""), Block("viewer", "somebody", ""))) is None


def test_rules_are_per_source_and_role() -> None:
    settings = QueueSettings(
        rules={"reward": {"everyone": SourceRules(most_at_once=1), "vip": SourceRules(most_at_once=None)}}
    )
    many = replace(FACTS, of_viewer=2)
    assert check(facts=many, settings=settings) == "too_many"
    assert check(replace(NEW, role="vip"), many, settings) is None
    assert check(replace(NEW, source="command"), many, settings) is None


LIMITS = st.builds(
    SourceRules,
    enabled=st.booleans(),
    most_at_once=st.none() | st.integers(1, 4),
    cooldown=st.none() | st.sampled_from([timedelta(0), timedelta(seconds=5), timedelta(seconds=6)]),
    longest=st.none() | st.sampled_from([timedelta(minutes=3), timedelta(minutes=10)]),
    explicit_allowed=st.booleans(),
    duplicate_window=st.sampled_from([timedelta(0), timedelta(minutes=3), timedelta(minutes=4)]),
    queue_cap=st.integers(1, 60),
    live_only=st.booleans(),
)
ROLE_LIMITS = st.dictionaries(st.sampled_from(RULE_ROLES), LIMITS)
SETTINGS = st.builds(QueueSettings, rules=st.dictionaries(st.sampled_from(RULE_SOURCES), ROLE_LIMITS))
SITUATIONS = st.builds(
    Facts,
    live=st.booleans(),
    waiting=st.integers(0, 60),
    of_viewer=st.integers(0, 5),
    last_request_at=st.none() | st.just(START - timedelta(seconds=5)),
    is_queued=st.booleans(),
    played_at=st.none() | st.just(START - timedelta(minutes=3)),
)


@given(SETTINGS, SITUATIONS, st.sampled_from(RULE_SOURCES), st.sampled_from(RULE_ROLES))
def test_what_is_set_for_others_changes_nothing(
    settings: QueueSettings, facts: Facts, source: RequestSource, role: Role
) -> None:
    new = replace(NEW, source=source, role=role)
    alone = QueueSettings(rules={source: {role: settings.rules_for(source, role)}})
    for_all = QueueSettings(
        rules={each: dict.fromkeys(RULE_ROLES, alone.rules_for(source, role)) for each in RULE_SOURCES}
    )
    verdict = rules.check(new, facts, settings, ())
    assert rules.check(new, facts, alone, ()) == rules.check(new, facts, for_all, ()) == verdict
    assert rules.check(new, facts, settings.complete(), ()) == verdict
    own = settings.rules_for(source, role)
    if verdict is None:
        assert facts.waiting < own.queue_cap
        assert facts.live or not own.live_only
        assert not facts.is_queued or not own.duplicate_window


@given(SETTINGS, st.booleans(), st.integers(0, 60), st.sampled_from(RULE_SOURCES))
def test_a_way_is_open_exactly_while_some_role_can_get_a_song_in(
    settings: QueueSettings, live: bool, waiting: int, source: RequestSource
) -> None:
    facts = replace(FACTS, live=live, waiting=waiting)
    short = a_track(duration_ms=30_000)
    let_in = [
        check(replace(NEW, source=source, role=role, track=short), facts, settings) is None for role in RULE_ROLES
    ]
    assert rules.lets_anybody_in(settings, source, live=live, waiting=waiting) == any(let_in)


def test_the_whole_queue_counts_so_that_a_lower_cap_leaves_places_to_others() -> None:
    settings = QueueSettings(
        rules={
            "reward": {"everyone": SourceRules(queue_cap=30)},
            "command": {"everyone": SourceRules(queue_cap=10), "subscriber": SourceRules(queue_cap=20)},
        }
    )
    chat, subscriber = replace(NEW, source="command"), replace(NEW, source="command", role="subscriber")
    verdicts = {
        waiting: [check(new, replace(FACTS, waiting=waiting), settings) for new in (chat, subscriber, NEW)]
        for waiting in (9, 10, 20, 30)
    }
    assert verdicts == {
        9: [None, None, None],
        10: ["queue_full", None, None],
        20: ["queue_full", "queue_full", None],
        30: ["queue_full", "queue_full", "queue_full"],
    }


def test_off_air_the_broadcasters_own_go_by_what_moderators_may() -> None:
    assert rules.is_for_live_only(DEFAULT, "command", "broadcaster")
    free = QueueSettings(rules={"command": {"moderator": SourceRules(live_only=False)}})
    assert not rules.is_for_live_only(free, "command", "broadcaster")
    assert rules.is_for_live_only(free, "reward", "broadcaster")
    assert rules.is_for_live_only(free, "command", "everyone")
    assert rules.opens_off_air(free) and not rules.opens_off_air(DEFAULT)


def test_the_broadcaster_has_no_limits_but_the_block_lists() -> None:
    own = replace(NEW, role="broadcaster", track=a_track(duration_ms=9_000_000))
    busy = Facts(live=False, waiting=99, of_viewer=9, last_request_at=START, is_queued=True, played_at=START)
    assert check(own, busy) is None
    assert check(own, busy, blocks=(Block("track", a_track().id, ""),)) == "track_blocked"


@given(SITUATIONS, LIMITS)
def test_a_refusal_names_its_rule_and_blames_nobody_for_what_is_not_theirs(facts: Facts, limits: SourceRules) -> None:
    refusal = rules.check(NEW, facts, QueueSettings(rules={"reward": {"everyone": limits}}), ())
    if isinstance(refusal, RuleRefusal):
        assert refusal.by_viewer == (refusal.rule not in {"not_live", "source_off", "queue_full"})
        assert refusal.text.endswith(".")
        assert refusal.text[0] == "“" or refusal.text[0].isupper()
        assert "Ann" not in refusal.text


@pytest.mark.parametrize(
    ("span", "words"),
    [(0.2, "1 second"), (59.5, "60 seconds"), (119, "119 seconds"), (120, "2 minutes"), (601, "11 minutes")],
)
def test_spans_in_words(span: float, words: str) -> None:
    assert rules.span(timedelta(seconds=span)) == words


@pytest.mark.parametrize(
    "settings",
    [
        replace(DEFAULT, hand_over="soon"),  # type: ignore[arg-type]  # the point
        replace(DEFAULT, refund_after=timedelta(seconds=59)),
        replace(DEFAULT, rules={"post": {}}),  # type: ignore[dict-item]  # the point
        replace(DEFAULT, rules={"reward": {"broadcaster": SourceRules()}}),
        with_rules(most_at_once=0),
        with_rules(cooldown=timedelta(hours=25)),
        with_rules(longest=timedelta(seconds=29)),
        with_rules(queue_cap=0),
        with_rules(queue_cap=501),
        with_rules(duplicate_window=timedelta(seconds=-1)),
        with_rules(duplicate_window=timedelta(hours=25)),
    ],
)
def test_settings_that_cannot_be(settings: QueueSettings) -> None:
    problem = rules.problem_of(settings)
    assert problem is not None
    assert problem.detail


def test_settings_that_can_be() -> None:
    assert rules.problem_of(DEFAULT) is None
    assert rules.problem_of(with_rules("vip", most_at_once=None, cooldown=timedelta(0), longest=None)) is None
