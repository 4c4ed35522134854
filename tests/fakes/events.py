"""One of every domain event, as it may happen on an evening; any field can be given another value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeVar

from companion.ports.events import (
    AchievementUnlocked,
    BitsCheered,
    ChannelRaided,
    ChatMessageSeen,
    DomainEvent,
    NowPlayingChanged,
    RaffleEpochChanged,
    RaffleRolled,
    SongRequestRefused,
    SongRequestSucceeded,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
    SubsWereGifted,
    ViewerFollowed,
    ViewerSubscribed,
)
from tests.fakes.clock import START

E = TypeVar("E", bound=DomainEvent)

ONLINE: Final = StreamWentOnline(
    event_id="online", at=START, session_id="s1", stream_id="A", started_at=START, resumed=False
)
OFFLINE: Final = StreamWentOffline(
    event_id="offline",
    at=START,
    session_id="s1",
    started_at=START,
    ended_at=START,
    peak_viewer_count=250,
    resume_until=START,
)
ENDED: Final = StreamSessionEnded(
    event_id="ended", at=START, session_id="s1", started_at=START, ended_at=START, peak_viewer_count=250
)
NOW_PLAYING: Final = NowPlayingChanged(
    event_id="now",
    at=START,
    playing_kind="track",
    track_id="t1",
    title="Lantern Season",
    artists=("The Paper Boats", "Ines Vale"),
    is_playing=True,
)
PLAYED: Final = SongRequestSucceeded(
    event_id="played",
    at=START,
    request_id="r1",
    source="reward",
    session_id="s1",
    viewer_id="101",
    viewer_name="Marlow",
    track_id="t1",
    title="Lantern Season",
    artists=("The Paper Boats", "Ines Vale"),
)
REFUSED: Final = SongRequestRefused(
    event_id="refused",
    at=START,
    request_id="r2",
    source="reward",
    session_id="s1",
    viewer_id="101",
    viewer_name="Marlow",
    reason="duplicate",
    by_viewer=True,
    text="that song is in the queue already.",
)
ROLLED: Final = RaffleRolled(
    event_id="rolled",
    at=START,
    redemption_id="d1",
    session_id="s1",
    viewer_id="101",
    viewer_name="Marlow",
    epoch=3,
    roll=4_200,
    winning=6_400,
    distance=2_200,
    won=False,
    new_record=False,
    entry=17,
    chain="0f" * 32,
    prize="eternal bragging rights",
)
EPOCH: Final = RaffleEpochChanged(event_id="epoch", at=START, epoch=3, commitment="ab" * 32, seed=None)
UNLOCKED: Final = AchievementUnlocked(
    event_id="unlocked",
    at=START,
    session_id="s1",
    viewer_id="101",
    viewer_name="Marlow",
    achievement_id="first_roll",
    name="In the Hat",
    description="Your first raffle roll",
    icon="1f3b2",
)
FOLLOWED: Final = ViewerFollowed(event_id="follow", at=START, viewer_id="101", viewer_name="Marlow")
SUBSCRIBED: Final = ViewerSubscribed(event_id="sub", at=START, viewer_id="101", viewer_name="Marlow", tier=1, months=1)
GIFTED: Final = SubsWereGifted(event_id="gift", at=START, viewer_id="101", viewer_name="Marlow", tier=1, count=5)
CHEERED: Final = BitsCheered(event_id="cheer", at=START, viewer_id="101", viewer_name="Marlow", bits=100)
RAIDED: Final = ChannelRaided(event_id="raid", at=START, viewer_id="101", viewer_name="Marlow", viewers=42)
CHATTED: Final = ChatMessageSeen(event_id="chat", at=START, session_id="s1", viewer_id="101", viewer_name="Marlow")

EVERY_EVENT: Final[tuple[DomainEvent, ...]] = (
    ONLINE, OFFLINE, ENDED, NOW_PLAYING, PLAYED, REFUSED, ROLLED, EPOCH, UNLOCKED, FOLLOWED, SUBSCRIBED, GIFTED,
    CHEERED, RAIDED, CHATTED,
)  # fmt: skip


def changed(event: E, **fields: Any) -> E:  # noqa: ANN401 - whichever fields the event has
    """The event with other values."""
    return replace(event, **fields)
