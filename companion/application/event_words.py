"""One plain sentence for everything that happens."""

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

_ViewerEvent: TypeAlias = ViewerFollowed | ViewerSubscribed | SubsWereGifted | BitsCheered | ChannelRaided
_GameEvent: TypeAlias = (
    SongRequestSucceeded | SongRequestRefused | RaffleRolled | RaffleEpochChanged | AchievementUnlocked
)


def event_words(event: DomainEvent) -> str | None:
    """The sentence for people; None for what is not worth a line (chat messages, a pause)."""
    match event:
        case StreamWentOnline(resumed=resumed):
            return "The stream came back; the session goes on." if resumed else "The stream went live."
        case StreamWentOffline(peak_viewer_count=peak):
            return f"The stream went offline. Peak: {_counted(peak, 'viewer')}."
        case StreamSessionEnded():
            return "The session is over."
        case NowPlayingChanged(playing_kind="track", is_playing=True, title=str(title), artists=artists):
            return _song(title, artists)
        case NowPlayingChanged() | ChatMessageSeen():
            return None
        case ViewerFollowed() | ViewerSubscribed() | SubsWereGifted() | BitsCheered() | ChannelRaided():
            return _of_a_viewer(event)
        case SongRequestSucceeded() | SongRequestRefused() | RaffleRolled() | RaffleEpochChanged():
            return _of_a_game(event)
        case AchievementUnlocked():
            return _of_a_game(event)
        case _:
            assert_never(event)


def _of_a_viewer(event: _ViewerEvent) -> str:
    match event:
        case ViewerFollowed(viewer_name=name):
            return f"{name} follows the channel."
        case ViewerSubscribed(viewer_name=name, months=months) if months > 1:
            return f"{name} has been subscribed for {months} months."
        case ViewerSubscribed(viewer_name=name):
            return f"{name} subscribed."
        case SubsWereGifted(viewer_name=name, count=count):
            return f"{name or 'Somebody'} gave away {_counted(count, 'subscription')}."
        case BitsCheered(viewer_name=name, bits=bits):
            return f"{name or 'Somebody'} cheered {_counted(bits, 'bit')}."
        case ChannelRaided(viewer_name=name, viewers=viewers):
            return f"{name} came over with {_counted(viewers, 'viewer')}."


def _of_a_game(event: _GameEvent) -> str:
    match event:
        case SongRequestSucceeded(viewer_name=name, title=title, artists=artists):
            return f"{name}'s request plays: {_song(title, artists)}"
        case SongRequestRefused(viewer_name=name, text=text):
            return f"{name}'s request did not go through: {text}"
        case RaffleRolled(viewer_name=name, won=True, roll=roll):
            return f"{name} won the raffle: the roll met the winning number {roll:,}."
        case RaffleRolled(viewer_name=name, roll=roll, winning=winning, distance=distance, new_record=record):
            told = f"{name} rolled {roll:,}, {distance:,} away from {winning:,}."
            return f"{told} Nobody came closer so far." if record else told
        case RaffleEpochChanged(epoch=epoch, seed=None):
            return f"Raffle {epoch} is open; its commitment stands in chat."
        case RaffleEpochChanged(epoch=epoch):
            return f"Raffle {epoch} is over; its seed is public, so anybody can check the rolls."
        case AchievementUnlocked(viewer_name=name, name=achievement, description=description):
            return f"{name} unlocked “{achievement}”: {description}."


def _song(title: str, artists: tuple[str, ...]) -> str:
    return f"{title} – {', '.join(artists)}" if artists else title


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
