"""From Spotify's JSON to pictures: odd shapes included."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from companion.services.spotify.pictures import account_of, choose_image, picture_of, track_of, upcoming_of
from companion.services.spotify.wire import Image, Item, Me, Player, Queue
from tests.fakes.clock import START

TRACK: dict[str, Any] = {  # any JSON
    "type": "track",
    "id": "0123456789abcdefABCDEF",
    "uri": "spotify:track:0123456789abcdefABCDEF",
    "name": "A Song",
    "duration_ms": 60_000,
    "explicit": True,
    "is_local": False,
    "artists": [{"name": "One"}, {"name": None}, {"name": "Two"}],
    "album": {"name": "An Album", "images": []},
    "external_urls": {"spotify": "https://open.spotify.com/track/0123456789abcdefABCDEF"},
}


def player(**fields: Any) -> Player:  # noqa: ANN401 - any JSON
    return Player.model_validate_json(json.dumps({"is_playing": True, "currently_playing_type": "track", **fields}))


def image(width: int | None, url: str = "") -> Image:
    return Image(url=url or f"https://covers.example/{width}", width=width, height=width)


@pytest.mark.parametrize(
    "widths, chosen",
    [
        ([640, 300, 64], 300),
        ([64, 300, 640], 300),
        ([640, 299], 640),
        ([64, 128], 128),
        ([None, 64], 64),
        ([None], None),
        ([1000, 301], 301),
    ],
)
def test_the_smallest_cover_that_is_sharp_enough(widths: list[int | None], chosen: int | None) -> None:
    assert choose_image([image(width) for width in widths]) == f"https://covers.example/{chosen}"


def test_covers_that_are_no_web_addresses_are_not_shown() -> None:
    assert choose_image([image(300, "javascript:alert(1)"), image(640, "data:image/png;base64,x")]) is None
    assert choose_image([]) is None


def test_a_track_in_full() -> None:
    picture = picture_of(player(item=TRACK, progress_ms=500, device={"name": "PC"}), seen_at=START)
    assert picture.track is not None
    assert picture.track.artists == ("One", "Two")
    assert picture.track.explicit
    assert picture.track.cover_url is None
    assert (picture.kind, picture.title, picture.progress_ms, picture.device_name) == ("track", "A Song", 500, "PC")


@pytest.mark.parametrize("progress, shown", [(None, 0), (-5, 0), (61_000, 60_000)])
def test_progress_stays_within_the_track(progress: int | None, shown: int) -> None:
    assert picture_of(player(item=TRACK, progress_ms=progress), seen_at=START).progress_ms == shown


@pytest.mark.parametrize("missing", ["id", "uri", "name", "duration_ms"])
def test_a_track_without_its_essentials_is_unknown(missing: str) -> None:
    for item in ({**TRACK, missing: None}, {name: value for name, value in TRACK.items() if name != missing}):
        picture = picture_of(player(item=item), seen_at=START)
        assert (picture.kind, picture.track, picture.title) == ("unknown", None, None)


@pytest.mark.parametrize("missing", ["artists", "album", "external_urls", "explicit"])
def test_a_track_without_trimmings_is_still_one(missing: str) -> None:
    item = {name: value for name, value in TRACK.items() if name != missing}
    picture = picture_of(player(item=item), seen_at=START)
    assert picture.kind == "track"
    assert picture.track is not None
    assert picture.track.link == "https://open.spotify.com/track/0123456789abcdefABCDEF"


def test_a_link_that_is_no_web_address_is_replaced() -> None:
    item = Item.model_validate_json(
        '{"id": "x", "uri": "u", "name": "n", "duration_ms": 1, "external_urls": {"spotify": "file:///etc"}}'
    )
    track = track_of(item)
    assert track is not None
    assert track.link == "https://open.spotify.com/track/x"


def test_nothing_loaded_and_paused_is_nothing() -> None:
    picture = picture_of(player(is_playing=False, item=None), seen_at=START)
    assert (picture.kind, picture.is_playing) == ("nothing", False)


def test_hidden_but_playing_is_unknown() -> None:
    picture = picture_of(player(item=None, currently_playing_type="something new"), seen_at=START)
    assert (picture.kind, picture.is_playing) == ("unknown", True)


def test_an_ad_shows_no_title_even_if_it_has_one() -> None:
    picture = picture_of(player(item=TRACK, currently_playing_type="ad"), seen_at=START)
    assert (picture.kind, picture.track, picture.title) == ("ad", None, None)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"is_playing": "yes"}', '{"is_playing": true, "progress_ms": "5"}', '{"is_playing": null}']
)
def test_wrong_types_are_not_guessed_at(text: str) -> None:
    with pytest.raises(ValidationError):
        Player.model_validate_json(text)


@pytest.mark.parametrize("number", [10**11, 10**18, 10**30, -(10**18)])
def test_lengths_that_no_clock_can_hold_are_not_believed(number: int) -> None:
    with pytest.raises(ValidationError):
        Player.model_validate_json(f'{{"is_playing": true, "progress_ms": {number}}}')
    assert picture_of(player(item={**TRACK, "duration_ms": number}), seen_at=START).kind == "unknown"


@pytest.mark.parametrize("changes", [{"explicit": None}, {"is_local": None}, {"type": None}, {"artists": [None]}])
def test_a_null_is_as_good_as_a_field_left_out(changes: dict[str, object]) -> None:
    picture = picture_of(player(item={**TRACK, **changes}), seen_at=START)
    queue = upcoming_of(Queue.model_validate_json(json.dumps({"queue": [{**TRACK, **changes}]})), seen_at=START)
    assert picture.track is not None
    assert queue.upcoming == (picture.track,)


@pytest.mark.parametrize(
    "item", [{**TRACK, "duration_ms": 60_000.5}, {**TRACK, "explicit": "no"}, {**TRACK, "artists": ["One"]}, [], 7]
)
@pytest.mark.parametrize("is_playing", [True, False])
def test_an_odd_item_that_plays_is_an_unknown_thing_and_no_failure(item: object, is_playing: bool) -> None:
    picture = picture_of(player(item=item, is_playing=is_playing, progress_ms=500), seen_at=START)
    assert (picture.kind, picture.track, picture.title) == ("unknown", None, None)
    assert (picture.is_playing, picture.progress_ms) == (is_playing, 500)


def test_a_kind_that_is_null_is_told_by_the_item() -> None:
    assert picture_of(player(item=TRACK, currently_playing_type=None), seen_at=START).kind == "track"
    assert picture_of(player(item=None, currently_playing_type=None), seen_at=START).kind == "unknown"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ITEMS = JSON | st.builds(
    lambda changes: {**TRACK, **changes}, st.dictionaries(st.sampled_from(sorted(TRACK)), JSON, max_size=4)
)


@given(ITEMS, st.lists(ITEMS, max_size=3), st.booleans())
def test_no_item_whatever_it_is_costs_more_than_itself(item: object, more: list[object], is_playing: bool) -> None:
    picture = picture_of(player(item=item, is_playing=is_playing), seen_at=START)
    assert (picture.track is not None) == (picture.kind == "track")
    assert (picture.kind == "nothing") == (item is None and not is_playing)
    told = {"currently_playing": item, "queue": [TRACK, *more, TRACK]}
    queue = upcoming_of(Queue.model_validate_json(json.dumps(told)), seen_at=START)
    assert [queue.upcoming[place].title for place in (0, -1)] == ["A Song", "A Song"]


def test_the_lasting_id_wins() -> None:
    assert account_of(Me(id="name", account_id="lasting", display_name="Name")).user_id == "lasting"
    old = account_of(Me(id="name"))
    assert (old.user_id, old.login, old.display_name, old.picture_url) == ("name", "name", "name", None)
