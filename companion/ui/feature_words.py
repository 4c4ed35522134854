"""What requests, rolls, achievements, commands and decisions are called. Pure functions to words and rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from companion.application.needs_you_items import Choice, ItemKind
from companion.kernel.instant import Instant
from companion.ports.achievements import AnnouncementState, Definition, Trigger
from companion.ports.chat_commands import Command, CommandKind, ComputedName
from companion.ports.raffle import EpochState, Roll
from companion.ports.rewards import ManagedReward
from companion.ports.song_queue import RequestState, SongRequest
from companion.ports.song_rules import BlockKind, HandOver, RequestSource
from companion.ports.spotify import Track
from companion.ports.viewers import Role
from companion.ui import times
from companion.ui.models.rows import Row
from companion.ui.text import counted, isolated, number, tr
from companion.ui.tokens import Tone
from companion.ui.words import State

ROLE_NAMES: Final[dict[Role, str]] = {
    "everyone": "Everyone",
    "subscriber": "Subscribers",
    "vip": "VIPs",
    "moderator": "Moderators",
    "broadcaster": "Only you",
}
SOURCE_NAMES: Final[dict[RequestSource, str]] = {"reward": "Channel points", "command": "Chat command"}
HAND_OVERS: Final[dict[HandOver, str]] = {
    "early": "Early: the next request already waits in Spotify",
    "late": "Late: 30 s before the song ends",
    "at_once": "At once: straight into Spotify's queue",
}
BLOCK_NAMES: Final[dict[BlockKind, str]] = {"track": "Song", "artist": "Artist", "viewer": "Viewer"}
TRIGGERS: Final[dict[Trigger, str]] = {
    "song_request": "Request played",
    "stream_first_request": "First request of the stream",
    "request_streak": "Requests played in a row",
    "raffle_roll": "Raffle roll",
    "raffle_win": "Raffle win",
    "raffle_close": "Close raffle roll",
    "raffle_closest_record": "Closest roll on record",
    "follow": "Follow",
    "sub": "Subscription",
    "resub_months": "Months subscribed",
    "gift_count": "Subscriptions given",
    "cheer_total": "Bits cheered",
    "raid": "Raid",
    "chat_message": "Chat message",
    "streams_attended": "Streams attended",
    "watch_streak": "Streams attended in a row",
}
KIND_NAMES: Final[dict[CommandKind, str]] = {
    "static": "Text",
    "dynamic": "Text with a value",
    "counter": "Counter",
    "computed": "Built in",
}
COMPUTED: Final[dict[ComputedName, str]] = {
    "song": "Says what plays, and for whom",
    "queue": "Names the next requests",
    "sr": "Asks for a song: a Spotify link or a title",
    "wrongsong": "Takes back the viewer's own last request",
    "position": "Says when the viewer's request is due",
    "skip": "Skips the song",
    "remove": "Removes a request by its number",
    "achievements": "Tells a viewer's achievements",
    "stats": "Tells a viewer's requests and rolls",
    "raffle": "Tells the raffle's odds, prize and record",
    "roll": "Rolls the keyboard raffle",
    "raffleboard": "Names the raffle's leaders",
    "uptime": "Says how long you have been live",
    "commands": "Lists what the asker may use",
    "set": "Sets the value of another command",
    "time": "Says what time it is for you",
    "hold": "Holds everything, or releases it",
}
CHOICE_NAMES: Final[dict[Choice, str]] = {
    "fulfil": "It worked, keep the points",
    "refund": "Give the points back",
    "ignore": "Leave it as it is",
    "retry": "Try again",
    "approve": "Let it in",
    "refuse": "Refuse",
    "replay": "Try again",
    "discard": "Delete",
    "synchronise": "Make it at Twitch",
    "leave_off": "Leave it off",
}
ITEM_ICONS: Final[dict[ItemKind, tuple[str, Tone]]] = {
    "run": ("warn", "warn"),
    "approval": ("requests", "accent"),
    "message": ("twitch", "warn"),
    "event": ("bad", "warn"),
    "reward": ("twitch", "warn"),
}
_STATES: Final[dict[RequestState, tuple[str, str, Tone]]] = {
    "approval": ("Asks for your yes", "needs-you", "warn"),
    "waiting": ("Waiting", "clock", "ink-soft"),
    "handed_over": ("In Spotify", "spotify", "accent"),
    "playing": ("Playing", "live", "good"),
    "played": ("Played", "check", "good"),
    "removed": ("Removed", "close", "ink-soft"),
    "refunded": ("Points given back", "back", "ink-soft"),
    "vanished": ("Gone from Spotify", "warn", "warn"),
    "undecided": ("Unclear", "warn", "warn"),
}
_EPOCHS: Final[dict[EpochState, State]] = {
    "opening": State("busy", "ink-soft", "Opening: its commitment goes to chat first"),
    "open": State("good", "good", "Open for rolls"),
    "closed": State("busy", "ink-soft", "Closed, its seed is about to be revealed"),
    "revealed": State("shield", "accent", "Revealed, anybody can check it"),
}
_ANNOUNCED: Final[dict[AnnouncementState, str]] = {
    "pending": "will be told in chat",
    "sending": "is being told in chat",
    "sent": "told in chat",
    "abandoned": "not told in chat",
    "uncertain": "perhaps told in chat",
}


def song(track: Track) -> str:
    """Title and artists in one line."""
    return f"{isolated(track.title)} – {isolated(', '.join(track.artists))}"


def request_state(state: RequestState) -> State:
    """A request's state in icon, tone and word."""
    word, icon, tone = _STATES[state]
    return State(icon, tone, tr(word))


def epoch_state(state: EpochState) -> State:
    """An epoch's state in icon, tone and words."""
    found = _EPOCHS[state]
    return State(found.icon, found.tone, tr(found.word))


def wait(length: timedelta | None) -> str:
    """`in about 12 min`; nothing when it is not known."""
    if length is None:
        return ""
    if length < timedelta(minutes=1):
        return tr("in under a minute")
    return tr("in about {time}").format(time=times.span(length))


def request_row(request: SongRequest, now: Instant) -> Row:
    """One line of the queue."""
    state = request_state(request.state)
    asked = times.ago(request.requested_at, now)
    source = tr("with points") if request.source == "reward" else tr("in chat")
    who = tr("{viewer}, {source}, {asked}").format(
        viewer=isolated(request.viewer.display_name), source=source, asked=asked
    )
    lines = (song(request.track), who, request.note or "", times.exact(request.requested_at))
    return Row(
        request.id,
        song(request.track),
        f"{who} · {request.note}" if request.note else who,
        state=state.word,
        right=wait(request.expected_wait),
        tone=state.tone,
        lead=str(request.position) if request.position is not None else "",
        icon=state.icon,
        tooltip="\n".join(part for part in lines if part),
        movable=request.state == "waiting",
    )


def roll_row(roll: Roll, now: Instant) -> Row:
    """One roll: who, how far off, and what it means."""
    if roll.won:
        look = State("achievements", "good", tr("Won"))
    elif roll.new_record:
        look = State("peak", "accent", tr("Record: {distance} away").format(distance=number(roll.distance)))
    else:
        look = State("raffle", "ink-soft", tr("{distance} away").format(distance=number(roll.distance)))
    numbers = tr("rolled {roll}, drawn {winning}").format(roll=number(roll.roll), winning=number(roll.winning))
    tail = tr("#{entry} · {chain}").format(entry=number(roll.entry), chain=roll.chain[:8])
    proof = tr("Entry {entry} of raffle {epoch}, chain {chain}").format(
        entry=number(roll.entry), epoch=number(roll.epoch), chain=roll.chain
    )
    return Row(
        roll.redemption_id,
        isolated(roll.viewer.display_name),
        f"{numbers} · {tail}",
        state=look.word,
        right=times.ago(roll.at, now),
        tone=look.tone,
        icon=look.icon,
        tooltip="\n".join([roll.viewer.display_name, numbers, proof, times.exact(roll.at)]),
    )


def emoji(code_points: str) -> str:
    """The emoji behind hexadecimal code points, `1f468-200d-1f3a4`; nothing for what is none."""
    try:
        return "".join(chr(int(part, 16)) for part in code_points.replace("-", " ").split())
    except (ValueError, OverflowError):
        return ""


def code_points(text: str) -> str:
    """The way back, as definitions store it."""
    return "-".join(f"{ord(letter):x}" for letter in text.strip())


def condition(definition: Definition) -> str:
    """What unlocks it: trigger, how often, and whether each stream begins anew."""
    trigger = tr(TRIGGERS[definition.trigger])
    threshold = definition.threshold or 1
    much = f"{trigger} × {number(threshold)}" if threshold > 1 else trigger
    if definition.scope == "cumulative" or definition.trigger == "stream_first_request":
        return much
    return tr("{condition}, in one stream").format(condition=much)


def definition_row(definition: Definition) -> Row:
    """One achievement."""
    return Row(
        definition.id,
        definition.name,
        definition.description,
        state="" if definition.enabled else tr("Off"),
        right=condition(definition),
        lead=emoji(definition.icon),
        icon="achievements",
        faded=not definition.enabled,
        movable=True,
        tooltip=f"{definition.name}\n{definition.description}\n{condition(definition)}",
    )


def announced(state: AnnouncementState | None) -> str:
    """What became of the chat line."""
    return tr(_ANNOUNCED[state]) if state is not None else ""


def command_row(command: Command) -> Row:
    """One command."""
    aliases = " ".join(f"!{alias}" for alias in command.aliases)
    text = tr(COMPUTED[command.computed]) if command.computed is not None else command.template
    return Row(
        command.name,
        f"!{command.name}" + (f"  {aliases}" if aliases else ""),
        text,
        state="" if command.enabled else tr("Off"),
        right=f"{tr(KIND_NAMES[command.kind])} · {tr(ROLE_NAMES[command.role])}",
        icon="commands",
        faded=not command.enabled,
        tooltip=f"!{command.name}\n{text}",
    )


def reward_state(reward: ManagedReward) -> State:
    """How a reward stands at Twitch."""
    if reward.trouble is not None:
        return State("warn", "warn", tr("Needs you"))
    if not reward.switched_on:
        return State("off", "ink-soft", tr("Switched off"))
    if reward.reward is None:
        return State("busy", "ink-soft", tr("Not at Twitch yet"))
    if reward.reward.is_paused:
        return State("hold", "ink-soft", tr("Paused"))
    return State("good", "good", tr("Open"))


def points(cost: int) -> str:
    """`500 points`."""
    return counted(cost, "point", "points")
