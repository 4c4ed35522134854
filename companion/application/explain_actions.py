"""Why an action of the streamer could not be carried out, in plain words."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from companion.application.explain import explain_service, explain_spotify
from companion.application.messages import Message
from companion.ports import achievements, chat_commands, failures, raffle, raids, rewards, sagas, song_queue
from companion.ports.inbox import NoSuchLetter

QueueError: TypeAlias = (
    song_queue.NoSuchRequest
    | song_queue.CannotWithdraw
    | song_queue.BadSettings
    | failures.StorageFailed
    | failures.SpotifyError
)
RaffleError: TypeAlias = raffle.BadRaffleSettings | failures.StorageFailed
AchievementError: TypeAlias = (
    achievements.NoSuchDefinition | achievements.BadDefinition | achievements.NoSuchViewer | failures.StorageFailed
)
CommandError: TypeAlias = (
    chat_commands.BadCommand
    | chat_commands.NameTaken
    | chat_commands.NoSuchCommand
    | chat_commands.ValueShared
    | failures.StorageFailed
)
RewardError: TypeAlias = rewards.BadSpec | failures.ServiceError | failures.StorageFailed
RaidError: TypeAlias = raids.BadRaidSettings | failures.StorageFailed
SettleError: TypeAlias = sagas.NoSuchRun | sagas.NotOffered | NoSuchLetter | failures.StorageFailed


def explain_storage(_error: failures.StorageFailed) -> Message:
    """The database could not be written or read."""
    return Message(
        "Companion's database could not be used just now.",
        "Nothing was changed.",
        "Check that the disk has room and can be written, then try again.",
    )


def explain_queue(error: QueueError) -> Message:
    """An action on the song queue."""
    match error:
        case song_queue.NoSuchRequest():
            return Message("That request is not in the queue any more.", "", "The list shows what is there.", "warn")
        case song_queue.CannotWithdraw():
            return Message(
                "That song stands in Spotify's queue already.",
                "Spotify cannot take a song out of its queue again.",
                "Skip it when it plays.",
                "warn",
            )
        case song_queue.BadSettings(detail):
            return _not_like_this(detail)
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            return explain_spotify(error)


def explain_raffle(error: RaffleError) -> Message:
    """An action on the raffle."""
    match error:
        case raffle.BadRaffleSettings(detail):
            return _not_like_this(detail)
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            assert_never(error)


def explain_achievement(error: AchievementError) -> Message:
    """An action on the achievements."""
    match error:
        case achievements.NoSuchDefinition():
            return Message("That achievement is gone.", "", "The list shows what is there.", "warn")
        case achievements.BadDefinition(detail):
            return _not_like_this(detail)
        case achievements.NoSuchViewer(name):
            return Message(
                f"Nobody called {name} was seen so far.",
                "",
                "Viewers are known once they chat, follow or redeem something. Check the spelling.",
                "warn",
            )
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            assert_never(error)


def explain_command(error: CommandError) -> Message:
    """An action on the chat commands."""
    match error:
        case chat_commands.BadCommand(detail):
            return _not_like_this(detail)
        case chat_commands.NameTaken(name):
            return Message(f"Another command answers to !{name} already.", "", "Choose another name or alias.", "warn")
        case chat_commands.NoSuchCommand(name):
            return Message(f"There is no command !{name} any more.", "", "The list shows what is there.", "warn")
        case chat_commands.ValueShared(value, used_by):
            users = ", ".join(f"!{name}" for name in used_by)
            return Message(
                f"Other commands show the value “{value}” as well: {users}.",
                "It would be gone for them too, so nothing was deleted.",
                "Delete those first, or give them a value of their own.",
                "warn",
            )
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            assert_never(error)


def explain_skipping(title: str) -> Message:
    """Twitch had fulfilled the redemptions of a reward by itself; that is ended."""
    return Message(
        f"Twitch fulfilled redemptions of “{title}” by itself.",
        "Its dashboard had “Skip reward requests queue” switched on. Points spent meanwhile cannot be given back.",
        "Companion has switched it off again. Leave it off in the dashboard.",
        "warn",
    )


def explain_reward(error: RewardError) -> Message:
    """An action on the channel-point rewards."""
    match error:
        case rewards.BadSpec(detail):
            return _not_like_this(detail)
        case failures.StorageFailed():
            return explain_storage(error)
        case failures.Forbidden():
            return Message(
                "Twitch does not let Companion keep rewards in this channel.",
                "Channel points need an affiliate or partner channel, and Companion's permission for redemptions.",
                "Viewers can use the chat commands instead; with points, sign in to Twitch again.",
                "warn",
            )
        case _:
            return explain_service(error, "twitch")


def explain_raids(error: RaidError) -> Message:
    """An action on the raid settings."""
    match error:
        case raids.BadRaidSettings(detail):
            return _not_like_this(detail)
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            assert_never(error)


def explain_settling(error: SettleError) -> Message:
    """A decision on *Needs you*."""
    match error:
        case sagas.NoSuchRun() | NoSuchLetter():
            return Message("That is settled already.", "Nothing was done twice.", "", "info")
        case sagas.NotOffered():
            return Message(
                "That cannot be done any more.",
                "It has moved on since it was shown here; nothing was changed.",
                "Look at what is offered now.",
                "warn",
            )
        case failures.StorageFailed():
            return explain_storage(error)
        case _:
            assert_never(error)


def _not_like_this(detail: str) -> Message:
    return Message("This cannot be saved yet.", _sentence(detail), "Change it and save again.", "warn")


def _sentence(detail: str) -> str:
    text = detail.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")
