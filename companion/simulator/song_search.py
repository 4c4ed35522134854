"""Search over the invented songs, forgiving in the way people expect of Spotify."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Final

from companion.simulator.catalogue import LIBRARY, Song

_FILLERS: Final = frozenset({"by", "feat", "ft", "from", "play", "please", "song", "the", "with"})
_FILTER: Final = re.compile(r"\b(?:artist|track|album|year):", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+|[\u2600-\u27bf\U0001f300-\U0001faff]+")
"""Letters and digits, or pictures."""
_ALIKE: Final = 0.8


def search(query: str) -> list[Song]:
    """Songs with every word of `query` in title, artist or album, the likeliest first.

    Case, accents and punctuation do not count, nor do words such as "by"; where nothing has a word, one that differs
    by a letter or two is taken for it. Field filters such as `artist:` are read as words.
    """
    words = _words(_FILTER.sub(" ", query))
    words = [word for word in words if word not in _FILLERS] or words
    if not words:
        return []
    known = [word if any(word in text for text in _TEXTS.values()) else _alike(word) for word in words]
    found = [song for song in LIBRARY if all(word is not None and word in _TEXTS[song] for word in known)]
    return sorted(found, key=lambda song: _rank(song, words))


def _rank(song: Song, words: list[str]) -> tuple[int, int]:
    title, artists = _words(song.title), _words(" ".join(song.artists))
    rest = [word for word in words if word not in artists]
    if title in (words, rest):
        return (0, len(title))
    in_title = sum(word in title for word in words)
    return (1, -in_title)


def _alike(word: str) -> str | None:
    close = difflib.get_close_matches(word, _VOCABULARY, n=1, cutoff=_ALIKE)
    return close[0] if close else None


def _words(text: str) -> list[str]:
    # Letters without their marks, so that "creme" finds "Crème"; what is no letter or digit parts words.
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = _WORD.findall(plain)
    return words or text.casefold().split()


_TEXTS: Final = {song: " ".join(_words(" ".join((song.title, *song.artists, song.album)))) for song in LIBRARY}
_VOCABULARY: Final = sorted({word for text in _TEXTS.values() for word in text.split() if len(word) > 3})
