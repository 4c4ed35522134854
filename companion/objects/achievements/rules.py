"""What an event means for the achievements: a pure decision from the event, what is known, and the present instant.

With a threshold, progress grows (or is set, for streaks and months) until it is reached, then it is frozen. Without
one, the first occurrence of the trigger unlocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from companion.kernel.instant import Instant
from companion.ports.achievements import Definition, Trigger
from companion.ports.events import (
    BitsCheered,
    ChannelRaided,
    ChatMessageSeen,
    DomainEvent,
    RaffleRolled,
    SongRequestRefused,
    SongRequestSucceeded,
    SubsWereGifted,
    ViewerFollowed,
    ViewerSubscribed,
)

CLOSE: Final = 100
"""A losing roll no further away than this is a close call."""
STREAK_COUNTS_FROM: Final = 3
SET_TRIGGERS: Final[frozenset[Trigger]] = frozenset({"request_streak", "watch_streak", "resub_months"})
"""Their amount is the progress itself; every other trigger adds its amount."""
TRIGGERS_OF: Final[Mapping[str, tuple[Trigger, ...]]] = {
    "song_request_success": ("song_request", "stream_first_request", "request_streak"),
    "song_request_refused": (),
    "raffle_roll": ("raffle_roll", "raffle_win", "raffle_close", "raffle_closest_record"),
    "follow": ("follow",),
    "subscription": ("sub", "resub_months"),
    "gift": ("gift_count",),
    "cheer": ("cheer_total",),
    "raid": ("raid",),
    "chat_message": ("chat_message",),
}
"""Which triggers an event may fire, beside those of being there at all (`ATTENDANCE`)."""
ATTENDANCE: Final[tuple[Trigger, ...]] = ("streams_attended", "watch_streak")


@dataclass(frozen=True, slots=True)
class Session:
    """The present (or last) stream session; `number` counts sessions, so that neighbours are known."""

    id: str
    number: int
    started_at: Instant
    online: bool


@dataclass(frozen=True, slots=True)
class ViewerFacts:
    """What is known of a viewer. `last_session`: number of the last session the viewer was seen in."""

    streak: int = 0
    longest_streak: int = 0
    attended: int = 0
    watch_streak: int = 0
    last_session: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A viewer's progress towards one achievement."""

    progress: int = 0
    unlocked: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision rests on. `latest_success`: the newest time of any song played for a request so far."""

    definitions: tuple[Definition, ...]
    standings: Mapping[str, Standing] = field(default_factory=dict)
    viewer: ViewerFacts = field(default_factory=ViewerFacts)
    session: Session | None = None
    latest_success: Instant | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A trigger fired once, with its amount."""

    trigger: Trigger
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """New progress towards one achievement; `unlocked_at` is set when this reached it."""

    definition: Definition
    progress: int
    unlocked_at: Instant | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event leads to. `session` is the number of the session it belongs to, None outside of any."""

    occurrences: tuple[Occurrence, ...]
    decisions: tuple[Decision, ...]
    viewer: ViewerFacts
    session: int | None


def viewer_of(event: DomainEvent) -> tuple[str, str] | None:
    """Id and name of the viewer whose doing the event is; None for the stream's own events and the anonymous."""
    match event:
        case (
            SongRequestSucceeded() | SongRequestRefused() | RaffleRolled() | ViewerFollowed() | ViewerSubscribed()
            | ChannelRaided() | ChatMessageSeen()
        ):  # fmt: skip
            return event.viewer_id, event.viewer_name
        case SubsWereGifted(viewer_id=str(id), viewer_name=name) | BitsCheered(viewer_id=str(id), viewer_name=name):
            return id, name or id
        case _:
            return None


def belongs_to(event: DomainEvent, session: Session | None) -> int | None:
    """The number of the present session when the event is part of it.

    Events that name a session belong to that one. The others belong to the session on air when they happened.
    """
    if session is None:
        return None
    match event:
        case SongRequestSucceeded() | SongRequestRefused() | RaffleRolled() | ChatMessageSeen():
            return session.number if event.session_id == session.id else None
        case _:
            return session.number if session.online and event.at >= session.started_at else None


def decide(event: DomainEvent, facts: Facts, now: Instant) -> Outcome:
    """What follows from `event`, a viewer's doing that was not looked at before."""
    number = belongs_to(event, facts.session)
    viewer, fired = _of_the_event(event, facts, number)
    viewer, attending = _attendance(viewer, number)
    occurrences = (*fired, *attending)
    decisions = tuple(advance(facts.definitions, facts.standings, occurrences, now, in_session=number is not None))
    return Outcome(occurrences, decisions, viewer, number)


def advance(
    definitions: Iterable[Definition],
    standings: Mapping[str, Standing],
    occurrences: Iterable[Occurrence],
    now: Instant,
    *,
    in_session: bool,
) -> Iterable[Decision]:
    """The progress that occurrences make. What counts per session counts only what happened in the present one."""
    amounts = {occurrence.trigger: occurrence.amount for occurrence in occurrences}
    for definition in definitions:
        amount = amounts.get(definition.trigger)
        standing = standings.get(definition.id, Standing())
        if amount is None or not definition.enabled or standing.unlocked:
            continue
        if definition.scope == "session" and not in_session:
            continue
        progress = amount if definition.trigger in SET_TRIGGERS else standing.progress + amount
        reached = definition.threshold is None or progress >= definition.threshold
        yield Decision(definition, progress, now if reached else None)


def _of_the_event(event: DomainEvent, facts: Facts, number: int | None) -> tuple[ViewerFacts, tuple[Occurrence, ...]]:
    viewer = facts.viewer
    match event:
        case SongRequestSucceeded():
            return _song(event, facts, number)
        case SongRequestRefused(by_viewer=True) if number is not None:
            return replace(viewer, streak=0), ()
        case RaffleRolled():
            return viewer, tuple(_roll(event))
        case ViewerFollowed():
            return viewer, (Occurrence("follow"),)
        case ViewerSubscribed(months=months):
            return viewer, (Occurrence("sub"), Occurrence("resub_months", months))
        case SubsWereGifted(count=count):
            return viewer, (Occurrence("gift_count", count),)
        case BitsCheered(bits=bits):
            return viewer, (Occurrence("cheer_total", bits),)
        case ChannelRaided():
            return viewer, (Occurrence("raid"),)
        case ChatMessageSeen():
            return viewer, (Occurrence("chat_message"),)
        case _:
            return viewer, ()


def _song(event: SongRequestSucceeded, facts: Facts, number: int | None) -> tuple[ViewerFacts, tuple[Occurrence, ...]]:
    viewer, session = facts.viewer, facts.session
    if number is None or session is None:
        return viewer, (Occurrence("song_request"),)
    fired = [Occurrence("song_request")]
    start, latest = session.started_at, facts.latest_success
    if event.at > start and not (latest is not None and latest > start):
        fired.append(Occurrence("stream_first_request"))
    streak = viewer.streak + 1
    if streak >= STREAK_COUNTS_FROM:
        fired.append(Occurrence("request_streak", streak))
    return replace(viewer, streak=streak, longest_streak=max(viewer.longest_streak, streak)), tuple(fired)


def _roll(event: RaffleRolled) -> Iterable[Occurrence]:
    yield Occurrence("raffle_roll")
    if event.won:
        yield Occurrence("raffle_win")
    elif event.distance <= CLOSE:
        yield Occurrence("raffle_close")
    if event.new_record and not event.won:
        yield Occurrence("raffle_closest_record")


def _attendance(viewer: ViewerFacts, number: int | None) -> tuple[ViewerFacts, tuple[Occurrence, ...]]:
    """The first thing a viewer does in a session is being there."""
    if number is None or viewer.last_session == number:
        return viewer, ()
    in_a_row = viewer.watch_streak + 1 if viewer.last_session == number - 1 else 1
    viewer = replace(viewer, attended=viewer.attended + 1, watch_streak=in_a_row, last_session=number)
    return viewer, (Occurrence("streams_attended"), Occurrence("watch_streak", in_a_row))
