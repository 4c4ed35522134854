"""Whatever happens in whatever order: progress, unlocks and streaks keep their promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.objects.achievements import rules
from companion.objects.achievements.definitions import BUILTINS
from companion.objects.achievements.facts import Fact, merged, replay
from companion.objects.achievements.rules import Facts, Session, Standing, ViewerFacts, decide
from companion.ports.achievements import Definition
from companion.ports.events import DomainEvent
from tests.fakes.clock import START
from tests.fakes.events import CHATTED, CHEERED, FOLLOWED, PLAYED, REFUSED, ROLLED, SUBSCRIBED, changed

SESSION = Session("s1", 4, START, online=True)
LATER = START + timedelta(minutes=1)

sessions = st.sampled_from(["s1", None, "other"])
events = st.one_of(
    st.builds(lambda session: changed(PLAYED, at=LATER, session_id=session), sessions),
    st.builds(lambda by, session: changed(REFUSED, by_viewer=by, session_id=session), st.booleans(), sessions),
    st.builds(
        lambda distance, record: changed(ROLLED, distance=distance, won=distance == 0, new_record=record),
        st.integers(0, 300),
        st.booleans(),
    ),
    st.builds(lambda bits: changed(CHEERED, bits=bits), st.integers(1, 5_000)),
    st.builds(lambda months: changed(SUBSCRIBED, months=months), st.integers(1, 60)),
    st.just(CHATTED),
    st.just(FOLLOWED),
)
definitions = st.lists(
    st.builds(
        lambda definition, threshold, enabled: replace(definition, threshold=threshold, enabled=enabled),
        st.sampled_from(BUILTINS),
        st.none() | st.integers(1, 6),
        st.booleans(),
    ),
    unique_by=lambda it: it.id,
).map(tuple)


@settings(max_examples=150)
@given(st.lists(events, max_size=30), definitions)
def test_unlocked_once_and_frozen_from_then_on(happened: list[DomainEvent], defined: tuple[Definition, ...]) -> None:
    standings: dict[str, Standing] = {}
    viewer = ViewerFacts()
    for event in happened:
        outcome = decide(event, Facts(defined, standings, viewer, SESSION), LATER)
        for decision in outcome.decisions:
            before = standings.get(decision.definition.id, Standing())
            assert not before.unlocked
            assert decision.definition.enabled
            reached = decision.definition.threshold is None or decision.progress >= decision.definition.threshold
            assert (decision.unlocked_at is not None) == reached
            if decision.definition.trigger not in rules.SET_TRIGGERS:
                assert decision.progress > before.progress
            standings[decision.definition.id] = Standing(decision.progress, reached)
        assert outcome.viewer.longest_streak >= max(outcome.viewer.streak, viewer.longest_streak)
        assert outcome.viewer.attended - viewer.attended in {0, 1}
        viewer = outcome.viewer


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["played", "refused", "outage"]), max_size=40))
def test_the_streak_is_what_was_played_since_the_last_own_refusal(happened: list[str]) -> None:
    making: dict[str, DomainEvent] = {
        "played": changed(PLAYED, at=LATER),
        "refused": REFUSED,
        "outage": changed(REFUSED, by_viewer=False),
    }
    viewer = ViewerFacts()
    for what in happened:
        outcome = decide(making[what], Facts((), {}, viewer, SESSION), LATER)
        viewer = outcome.viewer
        streaks = [it.amount for it in outcome.occurrences if it.trigger == "request_streak"]
        assert streaks == ([viewer.streak] if what == "played" and viewer.streak >= 3 else [])

    since = happened[max((i for i, what in enumerate(happened) if what == "refused"), default=-1) + 1 :]
    assert viewer.streak == since.count("played")


@settings(max_examples=150)
@given(st.integers(0, 10_000), st.booleans())
def test_what_a_roll_fires(distance: int, record: bool) -> None:
    roll = changed(ROLLED, distance=distance, won=distance == 0, new_record=record and distance > 0, session_id=None)
    fired = {it.trigger for it in decide(roll, Facts(()), LATER).occurrences}

    assert "raffle_roll" in fired
    assert ("raffle_win" in fired) == (distance == 0)
    assert ("raffle_close" in fired) == (0 < distance <= 100)
    assert ("raffle_closest_record" in fired) == (record and distance > 0)


@settings(max_examples=100)
@given(st.lists(st.integers(1, 4)), st.integers(1, 20))
def test_the_past_unlocks_whom_the_present_would_have(amounts: list[int], threshold: int) -> None:
    definition = replace(BUILTINS[5], trigger="cheer_total", threshold=threshold)
    facts = [Fact("101", START, None, amount) for amount in amounts]

    standing = replay(definition, facts, None).get("101", Standing())

    assert standing.unlocked == (sum(amounts) >= threshold)


standing = st.builds(Standing, st.integers(0, 9), st.booleans())


@given(st.sampled_from(BUILTINS), standing, standing)
def test_applying_never_takes_anything_away(definition: Definition, before: Standing, found: Standing) -> None:
    after = merged(definition, before, found)

    assert after.unlocked or not before.unlocked
    assert after.progress >= before.progress or found.unlocked


@given(st.integers(1, 50), st.none() | st.integers(1, 50))
def test_consecutive_sessions_make_the_watch_streak(number: int, last: int | None) -> None:
    viewer = ViewerFacts(watch_streak=5, last_session=last)
    outcome = decide(CHATTED, Facts((), {}, viewer, replace(SESSION, number=number)), LATER)

    expected = 5 if last == number else 6 if last == number - 1 else 1
    assert outcome.viewer.watch_streak == expected
