"""From Spotify's JSON to pictures: odd shapes included."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from companion.services.spotify.pictures import account_of, choose_image, picture_of, track_of
from companion.services.spotify.wire import Image, Item, Me, Player
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
    for text in (
        f'{{"is_playing": true, "progress_ms": {number}}}',
        f'{{"is_playing": true, "item": {{"type": "track", "duration_ms": {number}}}}}',
    ):
        with pytest.raises(ValidationError):
            Player.model_validate_json(text)


def test_the_lasting_id_wins() -> None:
    assert account_of(Me(id="name", account_id="lasting", display_name="Name")).user_id == "lasting"
    old = account_of(Me(id="name"))
    assert (old.user_id, old.login, old.display_name, old.picture_url) == ("name", "name", "name", None)
