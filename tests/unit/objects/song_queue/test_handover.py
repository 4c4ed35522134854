"""Whose turn it is: one at a time, in order, and never held up by what nobody can decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from companion.objects.song_queue.handover import BLIND, LATE, plan
from companion.objects.song_queue.state import Entry
from companion.ports.song_queue import RequestState
from companion.ports.song_rules import HandOver
from companion.ports.spotify import PlaybackPicture
from companion.ports.viewers import Viewer
from tests.fakes.clock import START
from tests.fakes.spotify import NOTHING, a_picture, a_track

MODES = st.sampled_from(get_args(HandOver))
ACTIVE: list[RequestState] = ["approval", "waiting", "handed_over", "playing", "undecided"]


def an_entry(place: int, state: RequestState = "waiting", *, granted: bool = False) -> Entry:
    return Entry(
        id=f"r{place}",
        source="reward",
        viewer=Viewer("2", "ann", "Ann"),
        role="everyone",
        track=a_track(place),
        state=state,
        place=place,
        requested_at=START,
        session_id=None,
        granted=granted,
    )


@st.composite
def queues(draw: st.DrawFn) -> list[Entry]:
    states = draw(st.lists(st.sampled_from(ACTIVE), max_size=6))
    return [an_entry(place, state) for place, state in enumerate(states, start=1)]


pictures = st.one_of(
    st.none(),
    st.just(NOTHING),
    st.just(a_picture(kind="episode", title="Talk")),
    st.builds(
        lambda ms, playing: a_picture(progress_ms=ms, is_playing=playing), st.integers(0, 180_000), st.booleans()
    ),
)


@given(queues(), MODES, pictures)
def test_only_the_first_waiting_one_ever_gets_its_turn(
    entries: list[Entry], mode: HandOver, playing: PlaybackPicture | None
) -> None:
    planned = plan(entries, mode, playing=playing, now=START)
    waiting = [entry.id for entry in entries if entry.state == "waiting"]
    assert planned.grant in {None, *waiting[:1]}
    assert planned.first in {None, *waiting[:1]}
    if mode != "at_once" and any(entry.state == "handed_over" for entry in entries):
        assert planned.grant is None
    elif mode != "late" and waiting:
        assert planned.grant == waiting[0]


@given(queues(), MODES, pictures)
def test_undecided_ones_and_those_without_a_yes_change_nothing(
    entries: list[Entry], mode: HandOver, playing: PlaybackPicture | None
) -> None:
    fewer = [entry for entry in entries if entry.state not in {"undecided", "approval"}]
    assert plan(entries, mode, playing=playing, now=START) == plan(fewer, mode, playing=playing, now=START)


@given(queues(), MODES, pictures)
def test_while_one_is_being_handed_over_no_other_is(
    entries: list[Entry], mode: HandOver, playing: PlaybackPicture | None
) -> None:
    granted = an_entry(9, granted=True)
    assert plan([*entries, granted], mode, playing=playing, now=START).grant == granted.id


@given(st.integers(0, 180_000), st.floats(0, 200))
def test_late_means_30_s_before_the_interpolated_end(progress_ms: int, passed: float) -> None:
    now = START + timedelta(seconds=passed)
    end = START + timedelta(milliseconds=180_000 - progress_ms)
    planned = plan([an_entry(1)], "late", playing=a_picture(progress_ms=progress_ms), now=now)
    if end - now <= LATE:
        assert planned.grant == "r1"
    else:
        assert (planned.grant, planned.first, planned.until) == (None, "r1", end - LATE)


def test_late_waits_for_a_pause_and_for_what_has_no_length_but_not_for_silence() -> None:
    entries = [an_entry(1)]
    paused = replace(a_picture(progress_ms=175_000), is_playing=False)
    for playing in (None, paused, a_picture(kind="ad"), a_picture(kind="episode")):
        planned = plan(entries, "late", playing=playing, now=START, started_at=START)
        assert (planned.grant, planned.first, planned.until) == (None, "r1", START + BLIND)
        assert plan(entries, "late", playing=playing, now=START + BLIND, started_at=START).grant == "r1"
    assert plan(entries, "late", playing=NOTHING, now=START).grant == "r1"
