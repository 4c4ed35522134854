"""What each saga is started with: made where a wish arrives (redemption, chat, raid), journaled with the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from companion.kernel.instant import Instant
from companion.ports.sagas import PointsBehind
from companion.ports.song_rules import RequestSource
from companion.ports.viewers import Role, Viewer

SONG_REQUEST: Final = "song_request"
RAFFLE: Final = "raffle"
RAID: Final = "raid"
RAFFLE_WIN: Final = "raffle_win"


@dataclass(frozen=True, slots=True)
class Points:
    """The redemption behind a wish. `settled_already`: it arrived fulfilled, so no refund can be promised."""

    reward_id: str
    redemption_id: str
    settled_already: bool = False


def points_behind(points: Points | None) -> PointsBehind:
    """What there is to keep or to give back by hand."""
    if points is None:
        return "none"
    return "spent" if points.settled_already else "held"


@dataclass(frozen=True, slots=True)
class SongRequestParams:
    """A song that somebody asked for; the run's id is the redemption's id, or the chat message's.

    `text` is what the viewer typed. `points` None: asked for in chat, nothing to fulfil or refund.
    """

    source: RequestSource
    viewer: Viewer
    role: Role
    text: str
    requested_at: Instant
    points: Points | None
    reply_to: str | None = None
    """The chat message to answer, for requests out of chat."""


@dataclass(frozen=True, slots=True)
class RaffleParams:
    """A roll that somebody asked for; the run's id is the redemption's id, or the chat message's."""

    viewer: Viewer
    redeemed_at: Instant
    """Twitch's time of the redemption (or chat message): what the commitment's time is compared with."""
    points: Points | None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class RaffleWinParams:
    """A win whose redemption the streamer settles by hand; the run's id is `win_run_id` of the roll's."""

    viewer: Viewer
    prize: str
    points: Points


def win_run_id(roll_id: str) -> str:
    """The id of the run that a win begins which stays open."""
    return f"win {roll_id}"


@dataclass(frozen=True, slots=True)
class RaidParams:
    """A raid that arrived; the run's id is the EventSub message's."""

    raider: Viewer
    viewers: int
    at: Instant
