"""Attribution by occurrence, against a model of Spotify that knows the truth."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.objects.song_queue.upcoming import align
from tests.fakes.spotify import a_picture
from tests.unit.objects.song_queue.spotify_model import SpotifyModel


def test_two_viewers_one_song_keep_their_own() -> None:
    model = SpotifyModel()
    model.look()
    first = model.hand_over(1)
    model.pass_time(3)
    model.look()
    second = model.hand_over(1)
    model.pass_time(3)
    model.look()
    assert model.believed() == model.owners()
    model.skip()
    model.look()
    assert model.began == [first]
    model.pass_time(200)
    model.look()
    assert model.began == [first, second]
    assert model.ended == [(None, True), (first, False)]


def test_a_request_for_the_song_that_plays_now_does_not_steal_it() -> None:
    model = SpotifyModel()
    model.play_by_hand(1)
    model.look()
    model.pass_time(20)
    mine = model.hand_over(1)
    model.look()
    assert model.known.current is not None
    assert model.known.current.request is None
    assert model.believed() == model.owners()
    model.pass_time(170)
    model.look()
    assert model.began == [mine]
    assert model.ended == [(None, False)]


def test_the_song_that_plays_at_the_very_first_look_is_nobodys_when_it_began_before_the_hand_over() -> None:
    model = SpotifyModel()
    model.play_by_hand(1)
    model.pass_time(60)
    model.hand_over(1)
    model.look()
    assert model.believed() == model.owners()
    assert model.began == []


def test_a_song_that_began_between_two_looks_is_its_requesters() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.skip()
    model.pass_time(5)
    model.look()
    assert model.began == [mine]


def test_an_addition_by_hand_before_ours_is_not_ours() -> None:
    model = SpotifyModel()
    model.look()
    model.add_by_hand(1)
    model.look()
    model.pass_time(5)
    mine = model.hand_over(1)
    model.pass_time(5)
    model.look()
    assert model.believed() == model.owners()
    model.skip()
    model.look()
    assert model.began == []
    model.skip()
    model.look()
    assert model.began == [mine]


def test_the_same_song_in_the_list_behind_is_autoplay() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(102)
    model.pass_time(2)
    model.look()
    assert model.believed() == model.owners()
    for _ in range(3):
        model.skip()
        model.pass_time(4)
        model.look()
        assert model.believed() == model.owners()
    assert model.began == [mine]


@pytest.mark.parametrize("looks_before", [0, 1, 2])
def test_the_song_that_the_list_plays_next_anyway_is_its_requesters_when_it_comes_first(looks_before: int) -> None:
    model = SpotifyModel()
    for _ in range(looks_before):
        model.look()
        model.pass_time(4)
    mine = model.hand_over(101)
    model.pass_time(2)
    model.look()
    assert model.believed() == model.owners()
    model.skip()
    model.pass_time(4)
    model.look()
    assert model.believed() == model.owners()
    assert model.began == [mine]
    model.skip()
    model.pass_time(4)
    model.look()
    assert model.believed() == model.owners()
    assert model.began == [mine]


@pytest.mark.parametrize("pause", [30, 4000])
def test_pause_and_resume_keep_the_requester(pause: float) -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.skip()
    model.pass_time(40)
    model.look()
    model.playing = False
    model.look()
    model.pass_time(pause)
    model.look_at_nothing()
    model.look()
    model.playing = True
    model.pass_time(20)
    model.look()
    assert model.began == [mine]
    assert model.ended == [(None, True)]
    assert model.believed() == model.owners()


@pytest.mark.parametrize("to", [0, 10, 100, 175])
def test_a_seek_keeps_the_requester(to: float) -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.skip()
    model.pass_time(90)
    model.look()
    model.progress = timedelta(seconds=to)
    model.pass_time(3)
    model.look()
    assert model.began == [mine]
    assert model.known.current is not None
    assert model.known.current.request == mine


def test_a_song_repeated_by_hand_is_played_for_its_requester_once() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.skip()
    model.pass_time(175)
    model.look()
    model.progress = timedelta(seconds=5)  # "repeat one" began it again
    model.now += timedelta(seconds=10)
    model.look()
    assert model.ended == [(None, True), (mine, False)]
    assert model.known.current is not None
    assert model.known.current.request is None


@pytest.mark.parametrize("kind", ["ad", "episode", "local"])
def test_something_else_in_between_ends_the_song_and_keeps_what_waits(kind: str) -> None:
    model = SpotifyModel()
    model.look()
    first = model.hand_over(1)
    model.skip()
    model.pass_time(3)
    model.look()
    second = model.hand_over(2)
    model.pass_time(176)
    model.look()
    model.pass_time(0.9)
    picture = a_picture(kind=kind, title="Something", progress_ms=500, seen_at=model.now)  # type: ignore[arg-type] # a parameter
    model.look(picture)
    assert model.ended[-1] == (first, False)
    model.pass_time(5)
    model.look()
    assert model.began == [first, second]


def test_a_restart_of_spotify_loses_what_stood_in_its_queue() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.pass_time(5)
    assert mine in model.look().seen
    model.restart()
    seen = model.look()
    assert mine not in seen.seen
    assert seen.sees_queue
    assert model.began == []


def test_a_request_that_was_taken_out_does_not_take_the_same_song_of_the_list() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(104)
    model.pass_time(3)
    assert mine in model.look().seen
    model.added.clear()
    model.pass_time(20)
    assert mine not in model.look().seen


def test_one_that_must_be_there_and_was_never_new_is_the_first_that_nobody_has() -> None:
    model = SpotifyModel()
    model.add_by_hand(1)
    model.look()
    model.added.clear()  # taken out and handed over between two looks: the queue looks as before
    mine = model.hand_over(1)
    model.look()
    assert model.known.upcoming[0].request is None
    model.pass_time(11)
    assert mine in model.look().seen
    model.skip()
    model.look()
    assert model.began == [mine]


def test_what_is_not_known_is_not_missing() -> None:
    model = SpotifyModel()
    model.hand_over(1)
    model.look()
    assert not model.look_at_nothing().sees_queue
    assert model.believed() == model.owners()


def test_songs_passed_over_between_two_looks_did_not_play() -> None:
    model = SpotifyModel()
    model.look()
    first, second = model.hand_over(1), model.hand_over(2)
    model.pass_time(1)
    model.look()
    model.skip()
    model.skip()
    seen = model.look()
    assert model.began == [second]
    assert first not in seen.seen


def test_a_click_on_the_requested_song_leaves_the_request_in_the_queue() -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.pass_time(5)
    model.look()
    model.play_by_hand(1)
    model.pass_time(4)
    model.look()
    assert model.believed() == model.owners()
    model.skip()
    model.look()
    assert model.began == [mine]


def test_an_undecided_one_claims_nothing_that_was_there_before() -> None:
    model = SpotifyModel()
    model.add_by_hand(1)
    model.look()
    model.hand_over(1, certain=False)
    model.added.pop()  # Spotify never took it
    model.pass_time(30)
    model.look()
    assert model.believed() == model.owners()


@pytest.mark.parametrize(("left", "skipped"), [(100, True), (20, True), (9, False), (0, False)])
def test_skipped_means_that_there_was_no_time_to_play_it(left: float, skipped: bool) -> None:
    model = SpotifyModel()
    model.look()
    mine = model.hand_over(1)
    model.skip()
    model.pass_time(180 - left - 0.001)
    model.look()
    model.skip()
    model.pass_time(1)
    model.look()
    assert model.ended[-1] == (mine, skipped)


texts = st.lists(st.sampled_from("abc"), max_size=8)


@given(texts, texts)
def test_alignment_is_a_common_subsequence_in_order(before: list[str], after: list[str]) -> None:
    pairs = align(before, after)
    assert all(before[i] == after[j] for i, j in pairs)
    assert list(pairs) == sorted(pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


@given(texts, st.sampled_from("abc"))
def test_what_is_appended_is_the_last_one(before: list[str], new: str) -> None:
    assert align(before, [*before, new]) == tuple((i, i) for i in range(len(before)))


steps = st.one_of(
    st.tuples(st.just("hand over"), st.integers(1, 3)),
    st.tuples(st.just("add"), st.integers(1, 3)),
    st.tuples(st.just("time"), st.integers(4, 60)),
    st.tuples(st.just("long"), st.integers(100, 170)),
    st.tuples(st.just("skip"), st.just(0)),
    st.tuples(st.just("pause"), st.integers(5, 300)),
    st.tuples(st.just("seek"), st.integers(30, 150)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=25))
def test_whatever_happens_between_looks_every_occurrence_keeps_its_owner(doings: list[tuple[str, int]]) -> None:
    model = SpotifyModel()
    model.look()
    for what, number in doings:
        match what:
            case "hand over":
                model.hand_over(number)
            case "add":
                model.add_by_hand(number)
            case "skip":
                model.skip()
            case "pause":
                model.playing = False
                model.look()
                model.pass_time(number)
                model.look()
                model.playing = True
            case "seek":
                model.pass_time(5)
                model.look()
                model.progress = timedelta(seconds=number)
            case _:
                for _ in range(number // 15):
                    model.pass_time(15)
                    model.look()
                    assert model.believed() == model.owners()
                model.pass_time(number % 15)
        model.look()
        assert model.believed() == model.owners(), what
        model.pass_time(4)
        model.look()
        assert model.believed() == model.owners(), what


def mistaken_for_listed(model: SpotifyModel) -> list[str]:
    """Songs that somebody has added, and that are believed to be of Spotify's list."""
    return [slot.uri for slot in model.known.upcoming[: len(model.added)] if slot.listed]


def test_behind_a_new_request_stands_spotifys_own_list() -> None:
    model = SpotifyModel()
    model.add_by_hand(50)
    model.look()
    assert model.known.listed == ()
    model.hand_over(1)
    model.add_by_hand(51)
    model.pass_time(4)
    model.look()
    assert model.known.listed == tuple(one.track.uri for one in model.following[:17])
    for _ in range(5):
        model.skip()
        model.pass_time(4)
        model.look()
    assert len(model.known.listed) == 20


def test_a_crowd_of_additions_puts_the_list_out_of_sight() -> None:
    model = SpotifyModel()
    model.look()
    model.hand_over(1)
    model.pass_time(4)
    model.look()
    assert model.known.listed
    for number in range(22):
        model.add_by_hand(200 + number)
    model.look()
    assert model.known.listed == ()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(steps, st.tuples(st.just("crowd"), st.integers(5, 30))), max_size=20))
def test_nothing_that_was_added_is_ever_taken_for_the_list(doings: list[tuple[str, int]]) -> None:
    model = SpotifyModel()
    model.look()
    crowd = iter(range(200, 1_000))
    for what, number in doings:
        match what:
            case "hand over":
                model.hand_over(number)
            case "add":
                model.add_by_hand(number)
            case "crowd":
                for _ in range(number):
                    model.add_by_hand(next(crowd))
            case "skip" if len(model.following) > 30:
                model.skip()
            case "long":
                model.pass_time(15)
            case _:
                model.pass_time(5)
        model.look()
        assert mistaken_for_listed(model) == [], what
        model.pass_time(4)
        model.look()
        assert mistaken_for_listed(model) == [], what
