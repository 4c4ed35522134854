"""How a chat line is cut into fragments: text, emotes, cheermotes and mentions.

Source: dev.twitch.tv/docs/eventsub/eventsub-reference (channel chat message).
"""

from __future__ import annotations

import re
from typing import Final

from companion.simulator.answers import Json
from companion.simulator.crowd import Crowd, user_fields

_EMOTES: Final = {"Kappa": "25", "LUL": "425618", "HeyGuys": "30259"}
_CHEER: Final = re.compile(r"(cheer)([1-9][0-9]{0,5})", re.IGNORECASE)
_TIERS: Final = (10_000, 5_000, 1_000, 100, 1)


def fragments(text: str, crowd: Crowd) -> list[Json]:
    """The fragments of `text`; joined again they give it unchanged."""
    found: list[Json] = []
    plain = ""
    for part in re.split(r"(\s+)", text):
        special = _special(part, crowd)
        if special is None:
            plain += part
            continue
        if plain:
            found.append(_fragment("text", plain))
        found.append(special)
        plain = ""
    if plain:
        found.append(_fragment("text", plain))
    return found


def _special(word: str, crowd: Crowd) -> Json | None:
    if word in _EMOTES:
        emote: Json = {"id": _EMOTES[word], "emote_set_id": "0", "owner_id": "0", "format": ["static"]}
        return _fragment("emote", word, emote=emote)
    cheer = _CHEER.fullmatch(word)
    if cheer is not None:
        bits = int(cheer[2])
        tier = next(tier for tier in _TIERS if tier <= bits)
        return _fragment("cheermote", word, cheermote={"prefix": cheer[1].lower(), "bits": bits, "tier": tier})
    who = crowd.by_login(word[1:]) if word.startswith("@") else None
    return _fragment("mention", word, mention=user_fields(who)) if who is not None else None


def _fragment(kind: str, text: str, **detail: Json) -> Json:
    return {"type": kind, "text": text, "cheermote": None, "emote": None, "mention": None, **detail}
