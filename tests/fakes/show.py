"""Requests, rolls, achievements and commands of a lively stream, with nobody real in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from companion.application.needs_you_items import Letters, NeedsYouItem, needs_you_items
from companion.ports.achievements import AchievementRank, Definition, Progress, Unlock, ViewerCard
from companion.ports.chat_commands import Command, StoredValue
from companion.ports.inbox import InboxLetter
from companion.ports.raffle import (
    EpochVerdict,
    EpochView,
    LeaderboardRow,
    RaffleSettings,
    RaffleView,
    Roll,
    Verification,
)
from companion.ports.rewards import ManagedReward, Reward, RewardSpec, RewardsView
from companion.ports.sagas import RunView
from companion.ports.song_queue import (
    AutoplayItem,
    NowPlaying,
    PlayedSong,
    QueueView,
    RequesterCount,
    SongRequest,
    TrackCount,
)
from companion.ports.spotify import Track
from companion.ports.viewers import Viewer
from companion.runtime.outbox import DeadLetter
from tests.fakes.objects import FakeObjects

Field: TypeAlias = Any
"""The value of some field of a dataclass."""

NOW = datetime(2026, 1, 1, tzinfo=UTC)

ANN = Viewer("201", "ann_example", "Ann")
BO = Viewer("202", "bo_example", "Bo_Example")
SARA = Viewer("203", "sara_example", "שרה_הקטנה")
WILL = Viewer("204", "will_example", "Will" + "🎺" * 12)
EVERYBODY = (ANN, BO, SARA, WILL)


def song(number: int, title: str, *artists: str) -> Track:
    """A track with an id of the right length."""
    key = f"{number:022d}"
    return Track(
        id=key,
        uri=f"spotify:track:{key}",
        title=title,
        artists=artists or ("The Paper Boats",),
        album="Harbour Lights",
        duration_ms=180_000 + number * 7_000,
        explicit=number % 4 == 3,
        cover_url=None,
        link=f"https://open.spotify.com/track/{key}",
    )


SONGS = (
    song(1, "Lantern Season", "The Paper Boats", "Ines Vale"),
    song(2, "Nine Windows"),
    song(3, "Salt on the Stairs", "Marrow & Pine"),
    song(4, "A Very Long Title About Weather, Trains, and the People Who Wait for Either of Them", "Slow Harbour"),
    song(5, "גשר הלבנה", "Olive Static"),
    song(6, "Tin Parade", "Marrow & Pine"),
)


def request(number: int, viewer: Viewer, **changes: Field) -> SongRequest:
    """A request that waits at `number`; `changes` are fields of `SongRequest`."""
    fields: dict[str, Field] = {
        "id": f"redemption-{number}",
        "source": "reward",
        "viewer": viewer,
        "track": SONGS[number % len(SONGS)],
        "state": "waiting",
        "requested_at": NOW - timedelta(minutes=3 * number),
        "position": number,
        "expected_wait": timedelta(minutes=4 * number),
    }
    return SongRequest(**{**fields, **changes})


def make_queue(**changes: Field) -> QueueView:
    """One plays, one is handed over, three wait, one asks for approval; `changes` are fields of `QueueView`."""
    playing = request(0, SARA, state="playing", position=None, expected_wait=None, playing_since=NOW)
    fields: dict[str, Field] = {
        "now_playing": NowPlaying(SONGS[0], playing, NOW - timedelta(minutes=1), is_playing=True),
        "requests": (
            request(9, BO, state="handed_over", position=1, expected_wait=timedelta(minutes=2)),
            request(1, ANN, position=2),
            request(2, BO, source="command", position=3),
            request(3, WILL, position=4),
            request(4, SARA, state="approval", position=None, expected_wait=None),
        ),
        "autoplay": (AutoplayItem(SONGS[5]),),
        "total": 5,
        "seen_at": NOW,
        "problem": None,
        "paused_reason": None,
    }
    return QueueView(**{**fields, **changes})


EMPTY_QUEUE = make_queue(now_playing=None, requests=(), autoplay=(), total=0)


def roll(number: int, viewer: Viewer, distance: int, **changes: Field) -> Roll:
    """A roll; `changes` are fields of `Roll`."""
    fields: dict[str, Field] = {
        "redemption_id": f"roll-{number}",
        "viewer": viewer,
        "at": NOW - timedelta(minutes=2 * number),
        "session_id": "session-1",
        "epoch": 3,
        "roll": 5_000 + distance,
        "winning": 5_000,
        "distance": distance,
        "won": distance == 0,
        "new_record": False,
        "entry": 20 - number,
        "chain": f"{number:08x}" + "0" * 56,
    }
    return Roll(**{**fields, **changes})


def make_raffle(**changes: Field) -> RaffleView:
    """An open epoch with some rolls; `changes` are fields of `RaffleView`."""
    rolls = (roll(1, ANN, 412), roll(2, WILL, 0), roll(3, BO, 17, new_record=True), roll(4, SARA, 2_760))
    epoch = EpochView(3, "open", "9f2c4e" * 10 + "abcd", 10_000, NOW - timedelta(hours=2), None, None, 20)
    fields: dict[str, Field] = {
        "epoch": epoch,
        "settings": RaffleSettings(),
        "recent": rolls,
        "record": rolls[2],
        "wins_per_hundred": 0.01,
    }
    return RaffleView(**{**fields, **changes})


EMPTY_RAFFLE = make_raffle(epoch=None, recent=(), record=None)

VERIFICATION = Verification(
    (
        EpochVerdict(1, revealed=True, entries=41, rolls=40, refunds=1, problems=()),
        EpochVerdict(2, revealed=True, entries=12, rolls=12, refunds=0, problems=()),
        EpochVerdict(3, revealed=False, entries=20, rolls=20, refunds=0, problems=()),
    ),
    sound=True,
    not_proven=("That no redemption was withheld before Companion saw it.",),
)


def make_definition(number: int = 1, **changes: Field) -> Definition:
    """An achievement; `changes` are fields of `Definition`."""
    fields: dict[str, Field] = {
        "id": f"request_{number}",
        "name": f"House Regular {number}",
        "description": "Ten of your songs played",
        "icon": "1f3b6",
        "trigger": "song_request",
        "threshold": 10 * number,
        "scope": "cumulative",
        "builtin": True,
    }
    return Definition(**{**fields, **changes})


DEFINITIONS = (
    make_definition(1, id="first_request", name="Opening Track", icon="1f3b5", threshold=1,
                    description="A first song of yours made it onto the stream"),
    make_definition(2, id="stream_opener", name="First Needle", icon="1f305", threshold=None, scope="session",
                    trigger="stream_first_request", description="You set the first song of this stream"),
    make_definition(3, id="first_win", name="Dead Centre", icon="1f3c6", threshold=1, trigger="raffle_win",
                    description="Your roll met the winning number"),
    make_definition(4, id="night_owl", name="Night Owl of the Very Long Harbour Evenings", icon="1f989", threshold=50,
                    trigger="streams_attended", builtin=False, enabled=False,
                    description="Fifty streams attended, most of them past midnight, all of them to the very end"),
)  # fmt: skip

COMMANDS = (
    Command("hydrate", "counter", template="{user} reminds us to drink: {count} glasses.", value_of="hydrate"),
    Command("lurk", "static", template="{user} lurks. Enjoy!", builtin=True),
    Command("schedule", "dynamic", ("when", "next"), template="Next stream: {value}", value_of="schedule",
            viewer_cooldown=timedelta(seconds=30)),
    Command("skip", "computed", computed="skip", role="moderator", builtin=True),
    Command("song", "computed", ("np",), computed="song", builtin=True),
    Command("socials", "static", template="Find us at example.org", builtin=True, enabled=False),
)  # fmt: skip
VALUES = (StoredValue("hydrate", "", 42, ("hydrate",)), StoredValue("schedule", "Friday 20:00", 0, ("schedule",)))

SONG_REWARD = RewardSpec("Request a song", 500, "A Spotify link or a title", input_required=True)
RAFFLE_REWARD = RewardSpec("Roll the keyboard", 300, "", input_required=False)


def made(spec: RewardSpec, **changes: Field) -> Reward:
    """The reward as Twitch has it; `changes` are fields of `Reward`."""
    fields: dict[str, Field] = {
        "id": f"reward-{spec.cost}",
        "title": spec.title,
        "cost": spec.cost,
        "prompt": spec.prompt,
        "input_required": spec.input_required,
        "is_enabled": True,
        "is_paused": False,
    }
    return Reward(**{**fields, **changes})


def make_rewards(**changes: Field) -> RewardsView:
    """One reward at Twitch, one switched off; `changes` are fields of `RewardsView`."""
    fields: dict[str, Field] = {
        "available": True,
        "reason": None,
        "rewards": (
            ManagedReward("song_request", SONG_REWARD, True, made(SONG_REWARD), None),
            ManagedReward("raffle", RAFFLE_REWARD, False, None, None),
        ),
    }
    return RewardsView(**{**fields, **changes})


TROUBLED_REWARDS = make_rewards(
    rewards=(
        ManagedReward("song_request", SONG_REWARD, True, None, "Another reward has this title already."),
        ManagedReward("raffle", RAFFLE_REWARD, True, made(RAFFLE_REWARD, is_paused=True), None),
    )
)


def make_run(number: int = 1, **changes: Field) -> RunView:
    """A run whose outcome is unknown; `changes` are fields of `RunView`."""
    fields: dict[str, Field] = {
        "id": f"run-{number}",
        "kind": "song_request",
        "status": "outcome_unknown",
        "summary": "Ann asked for “Nine Windows”",
        "created_at": NOW - timedelta(minutes=12),
        "updated_at": NOW - timedelta(minutes=9),
        "fulfilled_at": None,
        "error": "Spotify's answer to the hand-over got lost",
        "steps": (),
        "offers": ("fulfil", "refund", "ignore", "retry"),
        "points": "held",
    }
    return RunView(**{**fields, **changes})


INBOX_LETTER = InboxLetter("message-7", "channel_chat_message", NOW - timedelta(hours=3), 20, "field missing")
BUS_LETTER = DeadLetter("event-7", "achievements", "song_request_success", NOW - timedelta(minutes=50), 4, "disk full")


def make_needs() -> tuple[NeedsYouItem, ...]:
    """One card of every kind."""
    requests = (request(4, SARA, state="approval", position=None),)
    return needs_you_items(
        runs=(make_run(), make_run(2, status="post_commit_failed", offers=("retry", "ignore"), error=None)),
        requests=requests,
        rewards=TROUBLED_REWARDS,
        letters=Letters((INBOX_LETTER,), (BUS_LETTER,)),
    )


def make_objects(asked: list[tuple[str, ...]] | None = None) -> FakeObjects:
    """Objects with all of the above in them."""
    objects = FakeObjects(
        queue=make_queue(),
        raffle=make_raffle(),
        achievements=DEFINITIONS,
        commands=COMMANDS,
        rewards=make_rewards(),
        asked=asked,
    )
    objects.queue.played = [
        PlayedSong(
            f"old-{number}", EVERYBODY[number % 4], SONGS[number % 6], "reward",
            NOW - timedelta(minutes=10 * number + 6), NOW - timedelta(minutes=10 * number),
            NOW - timedelta(minutes=10 * number), number == 2, "session-1",
        )
        for number in range(1, 58)
    ]  # fmt: skip
    objects.queue.tracks = [TrackCount(track, 9 - number) for number, track in enumerate(SONGS)]
    objects.queue.requesters = [RequesterCount(viewer, 20 - 3 * number) for number, viewer in enumerate(EVERYBODY)]
    objects.raffle.rows = [
        LeaderboardRow(ANN, 40, 1, 3), LeaderboardRow(WILL, 31, 1, 88), LeaderboardRow(SARA, 12, 0, 17),
        LeaderboardRow(BO, 1, 1, None),
    ]  # fmt: skip
    objects.raffle.verification = VERIFICATION
    objects.achievements.unlocks = [
        Unlock(ANN, DEFINITIONS[0], NOW - timedelta(minutes=8), "session-1", "sent"),
        Unlock(WILL, DEFINITIONS[2], NOW - timedelta(minutes=31), "session-1", "uncertain"),
        Unlock(SARA, DEFINITIONS[0], NOW - timedelta(hours=30), None, None),
    ]
    objects.achievements.ranks = [AchievementRank(viewer, 9 - number) for number, viewer in enumerate(EVERYBODY)]
    objects.achievements.cards = {
        "ann": ViewerCard(
            ANN, 1, 2, 6,
            (Progress(DEFINITIONS[0], 1, NOW - timedelta(days=3)), Progress(DEFINITIONS[3], 12, None)),
        )
    }  # fmt: skip
    objects.achievements.would = (ANN, WILL)
    objects.commands.values = {value.name: value for value in VALUES}
    objects.viewers.known = list(EVERYBODY)
    return objects
