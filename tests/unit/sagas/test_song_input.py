"""What viewers type: every form of a link, everything that is none, and text that never breaks the parser."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.sagas.song_input import (
    LONGEST_QUERY,
    BadLink,
    FreeText,
    NotASong,
    Nothing,
    ShortLink,
    TrackLink,
    read,
)

ID = "4uLU6hMCjMI75M1A2tKUQC"
ids = st.text(string.ascii_letters + string.digits, min_size=22, max_size=22)
queries = st.text(string.ascii_letters + string.digits + "=&-_%", max_size=30)


@given(
    ids,
    queries,
    st.sampled_from(["", "intl-de/", "intl-pt-BR/", "embed/"]),
    st.sampled_from(["https://", "http://", ""]),
)
def test_every_form_of_a_track_link_is_its_id(track_id: str, query: str, locale: str, scheme: str) -> None:
    assert read(f"{scheme}open.spotify.com/{locale}track/{track_id}?{query}") == TrackLink(track_id)
    assert read(f"spotify:track:{track_id}") == TrackLink(track_id)


@pytest.mark.parametrize(
    "text",
    [
        f"please play https://open.spotify.com/track/{ID}?si=abc thank you",
        f"<https://open.spotify.com/track/{ID}>",
        f"HTTPS://OPEN.SPOTIFY.COM/track/{ID}",
        f"https://open.spotify.com/track/{ID}/",
        f"https://open.spotify.com/track/{ID}#t=1",
        f"https://play.spotify.com/track/{ID}",
        f"spotify:track:{ID}?si=abc",
        f"  spotify:track:{ID}\n",
    ],
)
def test_a_link_is_found_wherever_it_stands(text: str) -> None:
    assert read(text) == TrackLink(ID)


@pytest.mark.parametrize("kind", ["album", "playlist", "episode", "show", "artist"])
def test_what_is_no_song_is_known_by_its_name(kind: str) -> None:
    assert read(f"https://open.spotify.com/{kind}/{ID}") == NotASong(kind)  # type: ignore[arg-type] # a parameter
    assert read(f"https://open.spotify.com/intl-fr/{kind}/{ID}?si=1") == NotASong(kind)  # type: ignore[arg-type] # likewise
    assert read(f"spotify:{kind}:{ID}") == NotASong(kind)  # type: ignore[arg-type] # likewise


def test_local_files_and_old_playlists_too() -> None:
    assert read("spotify:local:Some+Band:Demo:Song:215") == NotASong("local file")
    assert read(f"spotify:user:somebody:playlist:{ID}") == NotASong("playlist")
    assert read(f"https://open.spotify.com/user/somebody/playlist/{ID}") == NotASong("playlist")
    assert read("https://open.spotify.com/user/somebody") == NotASong("profile")


@pytest.mark.parametrize(
    "text", ["https://spotify.link/AbC12xyz", "spotify.link/AbC12xyz", "https://spotify.link/AbC12xyz?_p=1"]
)
def test_a_short_link_is_to_be_followed(text: str) -> None:
    assert read(text) == ShortLink("https://spotify.link/AbC12xyz")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/track/" + ID,
        "https://open.spotify.com.example.com/track/" + ID,
        "https://example.com@open.spotify.com/track/" + ID,
        "https://open.spotify.com:8443/track/" + ID,
        "https://open.spotify.com/track/" + ID[:-1],
        "https://open.spotify.com/track/" + ID + "x",
        "https://open.spotify.com/track/../track/" + ID,
        "https://open.spotify.com/",
        "https://open.spotify.com/search/some words",
        "https://spotify.link/",
        "https://spotify.link/a/b",
        "https://[::1/track/" + ID,
        "spotify:track:short",
        f"spotify:track:{ID}:more",
        "spotify:track",
    ],
)
def test_other_links_lead_to_no_song(text: str) -> None:
    assert read(text) == BadLink()


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u2066\x00"])
def test_nothing_is_nothing(text: str) -> None:
    assert read(text) == Nothing()


def test_other_words_are_searched_for() -> None:
    assert read("  night   train  harbor lights ") == FreeText("night train harbor lights")
    assert read("spotify: the song with the whistle") == FreeText("spotify: the song with the whistle")
    assert read("a" * 600) == FreeText("a" * LONGEST_QUERY)


@given(st.text(max_size=700))
def test_whatever_is_typed_is_read(text: str) -> None:
    match read(text):
        case FreeText(query):
            assert 0 < len(query) <= LONGEST_QUERY
            assert query == " ".join(query.split())
            assert query.isprintable()
        case TrackLink(track_id):
            assert len(track_id) == 22
        case _:
            pass


@given(
    st.lists(
        st.sampled_from(
            ["spotify", ":", "track", "/", "https://", "open.spotify.com", ID, "?", "@", "#", " ", "intl-de", "[", "."]
        ),
        max_size=12,
    )
)
def test_nearly_links_never_break_it(parts: list[str]) -> None:
    found = read("".join(parts))
    if isinstance(found, TrackLink):
        assert found.track_id == ID
