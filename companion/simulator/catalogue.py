"""The songs of the simulated Spotify: all invented, in several scripts and lengths."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

_BASE62: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def base62_id(name: str) -> str:
    """22 characters of base62 that always belong to `name`."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:17], "big")
    digits = []
    for _ in range(22):
        number, rest = divmod(number, 62)
        digits.append(_BASE62[rest])
    return "".join(digits)


@dataclass(frozen=True, slots=True)
class Song:
    """A track; `seconds` is its length."""

    title: str
    artists: tuple[str, ...]
    album: str
    year: int
    seconds: int
    explicit: bool = False

    @property
    def id(self) -> str:
        return base62_id(f"track:{self.title}:{self.artists[0]}")

    @property
    def uri(self) -> str:
        return f"spotify:track:{self.id}"

    @property
    def duration_ms(self) -> int:
        return self.seconds * 1000 + int.from_bytes(hashlib.sha256(self.title.encode()).digest()[:2], "big") % 1000


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of an invented show."""

    title: str
    show: str
    publisher: str
    seconds: int

    @property
    def id(self) -> str:
        return base62_id(f"episode:{self.title}")


_LONG_TITLE: Final = (
    "The Slow and Entirely Unhurried Procession of Paper Lanterns Across the Reservoir at the End of the Last "
    "Warm Weekend Before the Clocks Go Back (Live From the Boathouse, Second Night, Complete Version)"
)
SONGS: Final = (
    Song("Copper Tides", ("Marrow & Fen",), "Low Water Marks", 2023, 192),
    Song("Night Bus to Ellery", ("The Paper Orchard",), "Last Stop Ellery", 2021, 221),
    Song("夜明けの工場", ("ユズリハ灯台",), "海霧の向こう", 2022, 246),
    Song("Gravel Heart", ("Odette Farrow", "Small Hours Club"), "Gravel Heart", 2024, 178, explicit=True),
    Song(_LONG_TITLE, ("Boathouse Ensemble of Upper Wending",), "Boathouse Nights", 2019, 641),
    Song("Тихие провода", ("Северный причал",), "Линии на снегу", 2020, 263),
    Song("☀️🌊 (sunwave)", ("pixel heron",), "tiny weather ☁️", 2025, 143),
    Song("O", ("Ilm",), "Vowels", 2018, 97),
    Song("Kiln Song", ("Tamsin Oake",), "Hand-Built", 2022, 205),
    Song("Weißdorn im März", ("Feldrand Quartett",), "Über Hecken", 2017, 288),
    Song("Second-Hand Comet", ("Velvet Ditch", "Marrow & Fen"), "Used Stars", 2024, 214),
    Song("الميناء البعيد", ("نوارس الرصيف",), "ملح وضوء", 2021, 252),
    Song("Half a Harbour", ("The Paper Orchard",), "Last Stop Ellery", 2021, 199),
    Song("잔물결", ("느린 우체국",), "비 온 뒤", 2023, 231),
    Song("Ctrl+Alt+Dusk", ("pixel heron", "Odette Farrow", "Tamsin Oake"), "tiny weather ☁️", 2025, 167),
    Song("Brass Umbrella", ("Kettleward",), "March of the Puddles", 2016, 184),
    Song("Añoranza de Sal", ("Las Candelas Bajas",), "Faro Menor", 2019, 239),
    Song("Nine Moths", ("Ilm",), "Vowels", 2018, 156),
    Song("紙飛行機と雨のち晴れのメロディー", ("ユズリハ灯台", "窓辺シンセ部"), "海霧の向こう", 2022, 275),
    Song("Under the Allotment", ("Kettleward",), "March of the Puddles", 2016, 208),
    Song("Żuraw nad stocznią", ("Cichy Warsztat",), "Rdza", 2020, 227),
    Song("Lo-Fi for Lighthouse Keepers", ("Small Hours Club",), "Shift Work", 2024, 312),
    Song("Good Bones", ("Velvet Ditch",), "Used Stars", 2024, 173, explicit=True),
    Song("Snow on the Switchboard", ("Odette Farrow",), "Gravel Heart", 2024, 248),
)
BY_ID: Final = {song.id: song for song in SONGS}
BY_URI: Final = {song.uri: song for song in SONGS}
EPISODE: Final = Episode("Forty minutes about kettles", "Small Appliances, Large Feelings", "Pantry Radio", 2412)
LOCAL_SONG: Final = Song("demo_take_04 (final) FINAL", ("Unknown Artist",), "Recordings", 2015, 131)
AD_SECONDS: Final = 30


def search(query: str) -> list[Song]:
    """Songs with every word of `query` in title, artist or album; field filters such as `artist:` are read as words."""
    words = [word.split(":", 1)[-1].strip('"').casefold() for word in query.split()]
    return [song for song in SONGS if all(word in _text(song) for word in words)]


def _text(song: Song) -> str:
    return " ".join((song.title, *song.artists, song.album)).casefold()
