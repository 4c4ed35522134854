"""What a reward may be, and when it is paused: decisions only."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from companion.ports.rewards import BadSpec, Reward, RewardSettings, RewardSpec, RewardUse

LONGEST_TITLE: Final = 45
LONGEST_PROMPT: Final = 200
"""Characters; dev.twitch.tv/docs/api/reference, Create Custom Rewards."""
DEAREST: Final = 2_000_000_000
_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")

DEFAULTS: Final[dict[RewardUse, RewardSpec]] = {
    "song_request": RewardSpec(
        title="Request a song",
        cost=500,
        prompt="A song title with its artist, or a Spotify link to a track.",
        input_required=True,
    ),
    "raffle": RewardSpec(
        title="Roll the keyboard raffle",
        cost=300,
        prompt="One roll against the winning number. Every roll can be verified afterwards.",
        input_required=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What pausing hangs on."""

    live: bool = False
    held: bool = False
    songs_possible: bool = True
    stopping: bool = False


def same_title(one: str, other: str) -> bool:
    """Whether Twitch takes the two for one: it does not tell big from small letters, and one title may stand once."""
    return one.strip().casefold() == other.strip().casefold()


def problem(spec: RewardSpec, others: Collection[str] = ()) -> BadSpec | None:
    """Why Twitch would not take it beside rewards with the titles `others`."""
    if not 1 <= len(spec.title.strip()) <= LONGEST_TITLE:
        return BadSpec(f"a title has 1 to {LONGEST_TITLE} characters")
    if any(same_title(spec.title, other) for other in others):
        return BadSpec("another reward of Companion has this title")
    if not 1 <= spec.cost <= DEAREST:
        return BadSpec("a reward costs at least 1 point")
    if len(spec.prompt) > LONGEST_PROMPT:
        return BadSpec(f"a prompt has at most {LONGEST_PROMPT} characters")
    if _COLOR.fullmatch(spec.color) is None:
        return BadSpec("a colour is written like #0B7A75")
    return None


def shall_pause(use: RewardUse, *, switched_on: bool, settings: RewardSettings, now: Conditions) -> bool:
    """Whether nobody shall be able to redeem it just now.

    `now.live` ends with the stream, not with its session: while a stream that broke off may still come back, nobody is
    there to hear a song or see a roll, and whoever redeemed then would pay for something that may never happen. A
    stream that comes back resumes its rewards at once, so that waiting for the session's end would only cost points.
    """
    if not switched_on or now.held or now.stopping:
        return True
    if settings.pause_offline and not now.live:
        return True
    return use == "song_request" and settings.pause_when_unable and not now.songs_possible


def differs(reward: Reward, spec: RewardSpec) -> bool:
    """Whether Twitch's copy is not what it shall be. One whose redemptions Twitch fulfils at once never is."""
    has = (reward.title, reward.cost, reward.prompt, reward.input_required)
    return reward.skips_queue or has != (spec.title, spec.cost, spec.prompt, spec.input_required)
