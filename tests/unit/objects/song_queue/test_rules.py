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
from companion.ports.song_queue import Block, QueueSettings, RuleRefusal, SourceRules
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
        ({"live": False}, QueueSettings(live_only=False), None),
        ({}, with_rules(enabled=False), "source_off"),
        ({"of_viewer": 2}, DEFAULT, None),
        ({"of_viewer": 3}, DEFAULT, "too_many"),
        ({"of_viewer": 99}, with_rules(most_at_once=None), None),
        ({"waiting": 49}, DEFAULT, None),
        ({"waiting": 50}, DEFAULT, "queue_full"),
        ({"is_queued": True}, DEFAULT, "duplicate"),
        ({"is_queued": True}, QueueSettings(duplicate_window=timedelta(0)), None),
        ({"played_at": START - timedelta(minutes=29)}, DEFAULT, "duplicate"),
        ({"played_at": START - timedelta(minutes=30)}, DEFAULT, None),
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


def test_the_broadcaster_has_no_limits_but_the_block_lists() -> None:
    own = replace(NEW, role="broadcaster", track=a_track(duration_ms=9_000_000))
    busy = Facts(live=False, waiting=99, of_viewer=9, last_request_at=START, is_queued=True, played_at=START)
    assert check(own, busy) is None
    assert check(own, busy, blocks=(Block("track", a_track().id, ""),)) == "track_blocked"


@given(
    st.builds(
        Facts,
        live=st.booleans(),
        waiting=st.integers(0, 60),
        of_viewer=st.integers(0, 5),
        last_request_at=st.none() | st.just(START - timedelta(seconds=5)),
        is_queued=st.booleans(),
        played_at=st.none() | st.just(START - timedelta(minutes=3)),
    ),
    st.booleans(),
)
def test_a_refusal_names_its_rule_and_blames_nobody_for_what_is_not_theirs(facts: Facts, enabled: bool) -> None:
    refusal = rules.check(NEW, facts, with_rules(enabled=enabled, cooldown=timedelta(seconds=90)), ())
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
        replace(DEFAULT, queue_cap=0),
        replace(DEFAULT, queue_cap=501),
        replace(DEFAULT, duplicate_window=timedelta(seconds=-1)),
        replace(DEFAULT, refund_after=timedelta(seconds=59)),
        replace(DEFAULT, rules={"post": {}}),  # type: ignore[dict-item]  # the point
        replace(DEFAULT, rules={"reward": {"broadcaster": SourceRules()}}),
        with_rules(most_at_once=0),
        with_rules(cooldown=timedelta(hours=25)),
        with_rules(longest=timedelta(seconds=29)),
    ],
)
def test_settings_that_cannot_be(settings: QueueSettings) -> None:
    problem = rules.problem_of(settings)
    assert problem is not None
    assert problem.detail


def test_settings_that_can_be() -> None:
    assert rules.problem_of(DEFAULT) is None
    assert rules.problem_of(with_rules("vip", most_at_once=None, cooldown=timedelta(0), longest=None)) is None
