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
    def local_uri(self) -> str:
        """The URI of a file on the person's own disk."""
        return f"spotify:local:Unknown+Artist:Recordings:demo_take_04:{self.seconds}"

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
"""The list that plays when nobody asks for anything."""
OTHER_SONGS: Final = (
    Song("Copper Tides (Harbour Mix)", ("Marrow & Fen", "pixel heron"), "Low Water Marks (Remixed)", 2024, 233),
    Song("Tides of Copper", ("Hollow Ferry",), "Estuary Sessions", 2015, 187),
    Song("Postcards to Nobody", ("Tamsin Oake",), "Hand-Built", 2022, 194),
    Song("Rain on a Caravan Roof", ("Small Hours Club",), "Shift Work", 2024, 3605),
    Song("Swear Jar", ("Gutter Parade",), "Loud Neighbours", 2023, 162, explicit=True),
    Song("Loud Neighbours", ("Gutter Parade",), "Loud Neighbours", 2023, 148, explicit=True),
    Song("Petits orages d'août", ("Atelier Brume",), "Fenêtres", 2021, 219),
    Song("Crème de la Pluie", ("Atelier Brume", "Kettleward"), "Fenêtres", 2021, 203),
    Song("האור שבקצה הרציף", ("תחנת לילה",), "רכבת אחרונה", 2020, 241),
    Song("月下的渡船", ("青石巷乐队",), "潮声", 2022, 267),
    Song("ฝนแรกของเมือง", ("วงตะเกียง",), "แสงเช้า", 2023, 225),
    Song("👻🎹🦊", ("pixel heron",), "tiny weather ☁️", 2025, 121),
    Song("!song", ("Kettleward",), "March of the Puddles", 2016, 133),
    Song('<b>Bold as Brass</b> & "Quoted"', ("Velvet Ditch",), "Used Stars", 2024, 176),
    Song("A", ("Ilm", "Kettleward", "Tamsin Oake", "Las Candelas Bajas", "Cichy Warsztat"), "Vowels", 2018, 74),
    Song("The Weathervane", ("Hollow Ferry",), "Estuary Sessions", 2015, 598),
    Song("Ten Minutes and a Breath", ("Hollow Ferry",), "Estuary Sessions", 2015, 601),
    Song("Blink", ("Short Circuit Choir",), "Three Seconds or Less", 2025, 2),
    Song("Hiccup", ("Short Circuit Choir",), "Three Seconds or Less", 2025, 3),
    Song("Doorbell", ("Short Circuit Choir",), "Three Seconds or Less", 2025, 2),
)
"""What can be searched and queued beside the list; the last three last 2 to 4 seconds."""
LIBRARY: Final = SONGS + OTHER_SONGS
BY_ID: Final = {song.id: song for song in LIBRARY}
BY_URI: Final = {song.uri: song for song in LIBRARY}
EPISODE: Final = Episode("Forty minutes about kettles", "Small Appliances, Large Feelings", "Pantry Radio", 2412)
LOCAL_SONG: Final = Song("demo_take_04 (final) FINAL", ("Unknown Artist",), "Recordings", 2015, 131)
AD_SECONDS: Final = 30
