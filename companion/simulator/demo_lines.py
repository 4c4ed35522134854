"""Who is in the demo's chat and what they say: all invented, in several scripts."""

from __future__ import annotations

from typing import Final

from companion.simulator.catalogue import LIBRARY
from companion.simulator.crowd import Viewer

DEMO_SPEED: Final = 5.0
"""Songs of three or four minutes last 35 to 50 seconds."""
VIEWERS: Final = (
    Viewer(login="fennelbrook", name="FennelBrook", roles=["subscriber"]),
    Viewer(login="rowanpike", name="rowanPIKE"),
    Viewer(login="tanukikissa", name="たぬき喫茶", roles=["subscriber"]),
    Viewer(login="polarmarshmallow", name="PolarMarshmallow", roles=["moderator", "subscriber"]),
    Viewer(login="qasrramli", name="قصر_رملي"),
    Viewer(login="zimnyles", name="ЗимнийЛес"),
    Viewer(login="dosenoffner", name="Dosenöffner"),
    Viewer(login="byeolmuri", name="별무리", roles=["vip"]),
    Viewer(login="tinkerwren", name="TinkerWren"),
    Viewer(login="a_very_long_name_indeed_1", name="A_Very_Long_Name_Indeed_1"),
    Viewer(login="gleisnebel", name="Gleisnebel", roles=["subscriber"]),
    Viewer(login="mothlamp", name="mothlamp"),
)
RAIDERS: Final = (
    Viewer(login="kilnandkettle", name="KilnAndKettle"),
    Viewer(login="nordlichtfunk", name="NordlichtFunk"),
)
_BY_TITLE: Final = {song.title: song for song in LIBRARY}


def _link(title: str) -> str:
    return f"https://open.spotify.com/track/{_BY_TITLE[title].id}?si=7c1e5a90b2d84f63"


GOOD_REQUESTS: Final = (
    _link("Kiln Song"),
    "night bus to ellery",
    "夜明けの工場",
    "copper tides by marrow & fen",
    _BY_TITLE["Brass Umbrella"].uri,
    "Postcards to Nobody Tamsin Oake",
    _link("Añoranza de Sal"),
    "petits orages",
    "the paper orchard half a harbour",
    "nine moths",
    "月下的渡船",
    _link("Crème de la Pluie"),
)
BAD_REQUESTS: Final = (
    _link("Rain on a Caravan Roof"),
    _link("Swear Jar"),
    "https://example.invalid/watch?v=not-a-song",
    "zzxq vvkw plorb",
    "https://open.spotify.com/album/0000000000000000000000",
)
CHATTER: Final = (
    "hello everyone",
    "that roof is coming along nicely",
    "wait how did you do that",
    "LUL",
    "this song again, yes please",
    "おつかれさま〜",
    "first time here, lovely music",
    "can we get a lighthouse next to the mill?",
    "Всем привет!",
    "HeyGuys",
    "brb, kettle",
    "the little boat is so good",
    "مرحبا",
    "how many hours is this build now",
)
COMMANDS: Final = ("!song", "!queue", "!sr Under the Allotment", "!raffleboard", "!lurk", "!uptime", "!commands")
