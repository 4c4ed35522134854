"""What viewers type when they ask for a song: a parser without I/O.

Forms: developer.spotify.com/documentation/web-api/concepts/spotify-uris-ids, and the links that Spotify's share menu
makes (`open.spotify.com/intl-xx/...`, `spotify.link/...`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

NotSong: TypeAlias = Literal["album", "playlist", "episode", "show", "artist", "local file", "audiobook", "profile"]

LONGEST_QUERY: Final = 200
"""Characters of free text that are searched for."""
_ID: Final = re.compile(r"[0-9A-Za-z]{22}\Z")
_LOCALE: Final = re.compile(r"intl-[A-Za-z]{2,}(-[A-Za-z]{2,})?\Z")
_SHORT: Final = re.compile(r"[0-9A-Za-z_-]{1,64}\Z")
_WORD: Final = re.compile(r"\S+")
_SITES: Final = frozenset({"open.spotify.com", "play.spotify.com"})
_KINDS: Final[dict[str, NotSong]] = {
    "album": "album",
    "playlist": "playlist",
    "episode": "episode",
    "show": "show",
    "artist": "artist",
    "local": "local file",
    "audiobook": "audiobook",
    "user": "profile",
}


@dataclass(frozen=True, slots=True)
class TrackLink:
    """A track, by its 22-character id."""

    track_id: str


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A `spotify.link` address: where it leads has to be asked."""

    url: str


@dataclass(frozen=True, slots=True)
class FreeText:
    """Something to search for; never empty, at most `LONGEST_QUERY` characters."""

    query: str


@dataclass(frozen=True, slots=True)
class NotASong:
    """A link of Spotify's to something else."""

    kind: NotSong


@dataclass(frozen=True, slots=True)
class BadLink:
    """A link that leads to no song of Spotify's."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing was typed."""


Input: TypeAlias = TrackLink | ShortLink | FreeText | NotASong | BadLink | Nothing


def read(text: str) -> Input:
    """The first link in the text, else all of it as words to search for."""
    for word in _WORD.findall(text):
        found = _link(word.strip("<>()[]\"',"))
        if found is not None:
            return found
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    cut = words[:LONGEST_QUERY].strip()
    return FreeText(cut) if cut else Nothing()


def _link(word: str) -> TrackLink | ShortLink | NotASong | BadLink | None:
    """None when the word is no link at all."""
    lowered = word.lower()
    if lowered.startswith("spotify:"):
        return _spotify_uri(word)
    if lowered.startswith(("https://", "http://")):
        return _address(word)
    if lowered.startswith(("open.spotify.com/", "play.spotify.com/", "spotify.link/")):
        return _address(f"https://{word}")
    return None


def _spotify_uri(word: str) -> TrackLink | NotASong | BadLink | None:
    parts = word.split(":")
    kind = parts[1].lower()
    if kind in _KINDS:
        # Old playlist addresses: spotify:user:<name>:playlist:<id>
        return NotASong("playlist" if kind == "user" and "playlist" in parts else _KINDS[kind])
    if kind != "track":
        return None  # "spotify: that song with ..." is text
    return _track(parts[2] if len(parts) == 3 else "")


def _address(word: str) -> TrackLink | ShortLink | NotASong | BadLink:
    try:
        address = urlsplit(word)
        host, port = (address.hostname or "").lower(), address.port
    except ValueError:
        return BadLink()
    if port not in {None, 80, 443} or "@" in address.netloc:
        return BadLink()
    parts = [part for part in address.path.split("/") if part]
    if host == "spotify.link":
        return (
            ShortLink(f"https://spotify.link/{parts[0]}") if len(parts) == 1 and _SHORT.match(parts[0]) else BadLink()
        )
    if host not in _SITES:
        return BadLink()
    while parts and (_LOCALE.match(parts[0]) or parts[0] == "embed"):
        parts = parts[1:]
    if not parts:
        return BadLink()
    kind = parts[0].lower()
    if kind in _KINDS:
        return NotASong("playlist" if kind == "user" and "playlist" in parts else _KINDS[kind])
    return _track(parts[1]) if kind == "track" and len(parts) == 2 else BadLink()


def _track(track_id: str) -> TrackLink | BadLink:
    bare = track_id.split("?", 1)[0]  # "spotify:track:<id>?si=..." is what some clients copy
    return TrackLink(bare) if _ID.match(bare) else BadLink()
