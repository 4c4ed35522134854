"""What only the streamer can decide, as cards: what happened, what it means for the points, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, assert_never

from companion.kernel.instant import Instant
from companion.ports.inbox import InboxLetter
from companion.ports.rewards import ManagedReward, RewardsView, RewardUse
from companion.ports.saga_params import RAFFLE_WIN
from companion.ports.sagas import RunView, Settlement
from companion.ports.song_queue import SongRequest

Choice: TypeAlias = Literal[Settlement, "approve", "refuse", "replay", "discard", "synchronise", "leave_off"]
ItemKind: TypeAlias = Literal["run", "approval", "message", "event", "reward"]
REWARD_NAMES: dict[RewardUse, str] = {"song_request": "Song request", "raffle": "Keyboard raffle"}


class BusLetter(Protocol):
    """An event that one of our own receivers could not take, after all attempts."""

    @property
    def event_id(self) -> str: ...

    @property
    def receiver(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def at(self) -> Instant: ...

    @property
    def attempts(self) -> int: ...

    @property
    def last_error(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class NeedsYouItem:
    """One card. `ref` names the thing for its `kind`; `receiver` is set for kind "event" only."""

    kind: ItemKind
    ref: str
    title: str
    happened: str
    meaning: str
    at: Instant | None
    choices: tuple[Choice, ...]
    receiver: str = ""

    @property
    def key(self) -> str:
        """Unique among all cards, the same as long as the thing is."""
        return f"{self.kind}:{self.ref}:{self.receiver}"


@dataclass(frozen=True, slots=True)
class Letters:
    """Dead letters of the event inbox and of the bus."""

    inbox: Sequence[InboxLetter]
    bus: Sequence[BusLetter]


def needs_you_items(
    *, runs: Sequence[RunView], requests: Sequence[SongRequest], rewards: RewardsView, letters: Letters
) -> tuple[NeedsYouItem, ...]:
    """All cards: what holds back viewers' points first. A request whose run is asked about has one card, the run's.

    So has an undecided one: while its run goes on by itself, there is nothing to ask.
    """
    of_runs = {run.id for run in runs}
    items = [_of_run(run) for run in runs]
    items += [_approval(each) for each in requests if each.state == "approval" and each.id not in of_runs]
    items += [_reward(each, each.trouble) for each in rewards.rewards if each.trouble is not None]
    items += [_message(letter) for letter in letters.inbox]
    items += [_event(letter) for letter in letters.bus]
    return tuple(items)


def _of_run(run: RunView) -> NeedsYouItem:
    return NeedsYouItem("run", run.id, run.summary, _what_happened(run), _points(run), run.updated_at, run.offers)


def _what_happened(run: RunView) -> str:
    reason = f" ({run.error.rstrip('.')})" if run.error else ""
    match run.status:
        case "outcome_unknown" if run.kind == RAFFLE_WIN:
            return "The roll met the winning number, and you settle wins yourself, as you have set it."
        case "outcome_unknown" if run.stopped:
            return f"Companion could not go on with it{reason}, and waits for you."
        case "outcome_unknown":
            return f"The answer to a request got lost{reason}, and what came of it cannot be seen from here."
        case "compensation_failed" if run.only_fulfilling_failed:
            return f"Twitch did not take its redemption as fulfilled{reason}, and nothing was taken back."
        case "compensation_failed":
            return f"It failed, and taking it back could not be confirmed{reason}."
        case "post_commit_failed":
            return f"It was done, but what comes after it failed{reason}: history or achievements may lack it."
        case "running" | "waiting" | "completed" | "failed" | "compensating":
            return f"It stopped{reason}."
        case _:
            assert_never(run.status)


def _points(run: RunView) -> str:
    if run.points == "none":
        return "No points hang on it."
    if run.points == "spent":
        return "The redemption came to Companion as fulfilled, so its points are spent either way."
    if run.fulfilled_at is not None or run.status == "post_commit_failed":
        return "The points are spent and stay so; nobody is charged twice."
    return _open_points(run)


def _open_points(run: RunView) -> str:
    if run.points == "unknown":
        return "If points were spent on it, Twitch holds them until you settle the redemption in its dashboard."
    if run.kind == RAFFLE_WIN and run.status == "outcome_unknown":
        return "Twitch still holds the viewer's points: keep them once the prize is given, or give them back."
    if any(step.name == "refund" and step.state == "failed" for step in run.steps):
        return "The viewer's points could not be given back so far: look at Twitch's dashboard before you decide."
    if "refund" in run.offers and "fulfil" in run.offers:
        return "Twitch still holds the viewer's points: keep them if it worked, give them back if it did not."
    if "refund" in run.offers:
        return "Twitch still holds the viewer's points; they can be given back."
    return "Whether the viewer's points went back is not known: look at Twitch's dashboard before you decide."


def _approval(request: SongRequest) -> NeedsYouItem:
    back = _points_if(request, "refuse")
    return NeedsYouItem(
        "approval",
        request.id,
        f"{request.viewer.display_name} asks for {_song(request)}",
        "Requests wait for your yes, as you have set it.",
        back,
        request.requested_at,
        ("approve", "refuse"),
    )


def _points_if(request: SongRequest, deed: str) -> str:
    if request.points_spent:
        return "You fulfilled it in Twitch's dashboard, so the points stay spent either way."
    if request.source == "reward":
        return f"If you {deed}, the points that Twitch still holds go back to {request.viewer.display_name}."
    return "It was asked for in chat; no points hang on it."


def _reward(reward: ManagedReward, trouble: str) -> NeedsYouItem:
    """One that was deleted in the dashboard is switched off by that: made anew or left so, as the streamer says."""
    return NeedsYouItem(
        "reward",
        reward.use,
        f"Reward “{reward.spec.title}”",
        trouble,
        "Until it is mended viewers cannot spend points on it.",
        None,
        ("synchronise",) if reward.switched_on else ("synchronise", "leave_off"),
    )


def _song(request: SongRequest) -> str:
    return f"“{request.track.title}” by {', '.join(request.track.artists)}"


def _message(letter: InboxLetter) -> NeedsYouItem:
    reason = f" The last reason: {letter.last_error.rstrip('.')}." if letter.last_error else ""
    return NeedsYouItem(
        "message",
        letter.message_id,
        f"A message from Twitch was not handled ({letter.kind.replace('_', ' ')})",
        f"{letter.attempts} attempts failed.{reason}",
        "If it was a redemption, its points wait at Twitch until it is handled or you settle it there.",
        letter.received_at,
        ("replay", "discard"),
    )


def _event(letter: BusLetter) -> NeedsYouItem:
    reason = f" The last reason: {letter.last_error.rstrip('.')}." if letter.last_error else ""
    return NeedsYouItem(
        "event",
        letter.event_id,
        f"{letter.receiver.replace('_', ' ').capitalize()} did not take an event ({letter.kind.replace('_', ' ')})",
        f"{letter.attempts} attempts failed.{reason}",
        "No points hang on it: only what is shown or counted there lacks it.",
        letter.at,
        ("replay", "discard"),
        letter.receiver,
    )
