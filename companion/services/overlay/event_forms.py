"""How a domain event becomes what pages are told of it."""

from __future__ import annotations

from typing import TypeAlias, assert_never

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
from companion.services.overlay.wire_events import (
    AchievementUnlockedData,
    CheerData,
    EventData,
    EventName,
    FollowData,
    GiftData,
    NowPlayingChangedData,
    RaffleEpochData,
    RaffleRollData,
    RaidData,
    SongRequestRefusedData,
    SongRequestSuccessData,
    StreamOfflineData,
    StreamOnlineData,
    StreamSessionEndedData,
    SubscriptionData,
)

Form: TypeAlias = tuple[EventName, EventData]
_StreamEvent: TypeAlias = StreamWentOnline | StreamWentOffline | StreamSessionEnded | NowPlayingChanged
_ViewerEvent: TypeAlias = ViewerFollowed | ViewerSubscribed | SubsWereGifted | BitsCheered | ChannelRaided
_GameEvent: TypeAlias = (
    SongRequestSucceeded | SongRequestRefused | RaffleRolled | RaffleEpochChanged | AchievementUnlocked
)


def event_data(event: DomainEvent) -> Form | None:
    """A domain event's name and content as pages get it; None for what is no page's business (chat messages)."""
    match event:
        case ChatMessageSeen():
            return None
        case StreamWentOnline() | StreamWentOffline() | StreamSessionEnded() | NowPlayingChanged():
            return _of_the_stream(event)
        case ViewerFollowed() | ViewerSubscribed() | SubsWereGifted() | BitsCheered() | ChannelRaided():
            return _of_a_viewer(event)
        case SongRequestSucceeded() | SongRequestRefused() | RaffleRolled() | RaffleEpochChanged():
            return _of_a_game(event)
        case AchievementUnlocked():
            return _of_a_game(event)
        case _:
            assert_never(event)


def _of_the_stream(event: _StreamEvent) -> Form:
    match event:
        case StreamWentOnline():
            return event.kind, StreamOnlineData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                resumed=event.resumed,
            )
        case StreamWentOffline():
            return event.kind, StreamOfflineData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                ended_at=event.ended_at,
                peak_viewers=event.peak_viewer_count,
                resume_until=event.resume_until,
            )
        case StreamSessionEnded():
            return event.kind, StreamSessionEndedData(
                event_id=event.event_id,
                session_id=event.session_id,
                started_at=event.started_at,
                ended_at=event.ended_at,
                peak_viewers=event.peak_viewer_count,
            )
        case NowPlayingChanged():
            return event.kind, NowPlayingChangedData(
                event_id=event.event_id,
                kind=event.playing_kind,
                track_id=event.track_id,
                title=event.title,
                artists=event.artists,
                is_playing=event.is_playing,
            )


def _of_a_viewer(event: _ViewerEvent) -> Form:
    match event:
        case ViewerFollowed():
            return event.kind, FollowData(event_id=event.event_id, viewer_name=event.viewer_name)
        case ViewerSubscribed():
            return event.kind, SubscriptionData(
                event_id=event.event_id, viewer_name=event.viewer_name, tier=event.tier, months=event.months
            )
        case SubsWereGifted():
            return event.kind, GiftData(
                event_id=event.event_id, viewer_name=event.viewer_name, tier=event.tier, count=event.count
            )
        case BitsCheered():
            return event.kind, CheerData(event_id=event.event_id, viewer_name=event.viewer_name, bits=event.bits)
        case ChannelRaided():
            return event.kind, RaidData(event_id=event.event_id, viewer_name=event.viewer_name, viewers=event.viewers)


def _of_a_game(event: _GameEvent) -> Form:
    match event:
        case SongRequestSucceeded():
            return event.kind, SongRequestSuccessData(
                event_id=event.event_id,
                request_id=event.request_id,
                viewer_name=event.viewer_name,
                track_id=event.track_id,
                title=event.title,
                artists=event.artists,
                session_id=event.session_id,
            )
        case SongRequestRefused():
            return event.kind, SongRequestRefusedData(
                event_id=event.event_id,
                request_id=event.request_id,
                viewer_name=event.viewer_name,
                reason=event.reason,
                by_viewer=event.by_viewer,
                text=event.text,
                session_id=event.session_id,
            )
        case RaffleRolled():
            return event.kind, _roll(event)
        case RaffleEpochChanged():
            return event.kind, RaffleEpochData(
                event_id=event.event_id, epoch=event.epoch, commitment=event.commitment, seed=event.seed
            )
        case AchievementUnlocked():
            return event.kind, AchievementUnlockedData(
                event_id=event.event_id,
                viewer_name=event.viewer_name,
                achievement_id=event.achievement_id,
                name=event.name,
                description=event.description,
                icon=event.icon,
                session_id=event.session_id,
            )


def _roll(event: RaffleRolled) -> RaffleRollData:
    return RaffleRollData(
        event_id=event.event_id,
        viewer_name=event.viewer_name,
        epoch=event.epoch,
        roll=event.roll,
        winning=event.winning,
        distance=event.distance,
        won=event.won,
        new_record=event.new_record,
        entry=event.entry,
        chain=event.chain,
        prize=event.prize,
        session_id=event.session_id,
    )
