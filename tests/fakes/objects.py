"""Hand-written objects behind requests, raffle, achievements, commands and *Needs you*.

Each answers from plain fields, changes them where an action would, and refuses when `error` is set.
`asked` lists every action in order; all objects of one `FakeObjects` share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from companion.application.actions import Objects
from companion.chat.reply_preview import preview_reply
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.achievements import (
    AchievementRank,
    Definition,
    NoSuchViewer,
    RetroactivePreview,
    Unlock,
    ViewerCard,
)
from companion.ports.chat_commands import Command, StoredValue
from companion.ports.hold import HoldState
from companion.ports.inbox import InboxLetter
from companion.ports.raffle import LeaderboardRow, LeaderboardSort, RaffleSettings, RaffleView, Verification
from companion.ports.rewards import ManagedReward, RewardSettings, RewardSpec, RewardsView, RewardUse, Verdict
from companion.ports.sagas import NoSuchRun, RunStatus, RunView, Settlement
from companion.ports.song_queue import (
    History,
    NoSuchRequest,
    NowPlaying,
    PlayedSong,
    QueueView,
    RequesterCount,
    SongRequest,
    TrackCount,
)
from companion.ports.song_rules import MOST_QUEUED, Block, BlockKind, QueueSettings
from companion.ports.transaction import Transaction
from companion.ports.viewers import Role, Viewer
from companion.runtime.outbox import DeadLetter
from companion.runtime.transactions import StorageFailure
from tests.fakes.clock import START
from tests.fakes.raids import FakeRaids

T = TypeVar("T")
Refusal: TypeAlias = Any
"""Some member of the closed error union of the method that is called."""


class Recorder:
    """What all fake objects share."""

    def __init__(self, asked: list[tuple[str, ...]]) -> None:
        self.asked = asked
        self.error: Refusal = None

    def _done(self, value: T, *call: str) -> Result[T, Refusal]:
        self.asked.append(call)
        return self._answer(value)

    def _answer(self, value: T) -> Result[T, Refusal]:
        return Ok(value) if self.error is None else Err(self.error)


class FakeQueue(Recorder):
    """The song queue."""

    def __init__(self, asked: list[tuple[str, ...]], view: QueueView) -> None:
        super().__init__(asked)
        self.shown = view
        self.settings = QueueSettings()
        self.blocked: list[Block] = []
        self.played: list[PlayedSong] = []
        self.tracks: list[TrackCount] = []
        self.requesters: list[RequesterCount] = []

    def get_now_playing(self) -> NowPlaying | None:
        return self.shown.now_playing

    def get_queue(self, *, limit: int = MOST_QUEUED) -> QueueView:
        return replace(self.shown, requests=self.shown.requests[:limit])

    def requests_of(self, user_id: str) -> Sequence[SongRequest]:
        return [each for each in self.shown.requests if each.viewer.user_id == user_id]

    async def get_history(
        self, *, user_id: str | None = None, session_id: str | None = None, limit: int = 10, offset: int = 0
    ) -> Result[History, Refusal]:
        found = [
            song
            for song in self.played
            if user_id in (None, song.viewer.user_id) and session_id in (None, song.session_id)
        ]
        return self._answer(History(found[offset : offset + limit], len(found)))

    async def top_tracks(self, *, user_id: str | None = None, limit: int = 10) -> Result[Sequence[TrackCount], Refusal]:
        return self._answer(self.tracks[:limit])

    async def top_requesters(self, *, limit: int = 10) -> Result[Sequence[RequesterCount], Refusal]:
        return self._answer(self.requesters[:limit])

    async def remove(self, request_id: str, *, by: str, user_id: str | None = None) -> Result[SongRequest, Refusal]:
        return self._of(request_id, "remove", request_id, by)

    async def reorder(self, request_id: str, position: int) -> Result[QueueView, Refusal]:
        return self._done(self.shown, "reorder", request_id, str(position))

    async def approve(self, request_id: str, *, yes: bool) -> Result[SongRequest, Refusal]:
        return self._of(request_id, "approve", request_id, str(yes))

    async def settled_at_twitch(self, request_id: str, verdict: Verdict) -> Result[bool, Refusal]:
        return self._done(any(each.id == request_id for each in self.shown.requests), "settled", request_id, verdict)

    async def skip(self) -> Result[None, Refusal]:
        return self._done(None, "skip")

    def get_settings(self) -> QueueSettings:
        return self.settings

    async def set_settings(self, settings: QueueSettings) -> Result[QueueSettings, Refusal]:
        if self.error is None:
            self.settings = settings
        return self._done(settings, "set_settings")

    def blocks(self) -> Sequence[Block]:
        return tuple(self.blocked)

    async def block(self, block: Block) -> Result[None, Refusal]:
        if self.error is None:
            self.blocked.append(block)
        return self._done(None, "block", block.kind, block.key, block.label)

    async def unblock(self, kind: BlockKind, key: str) -> Result[bool, Refusal]:
        before = len(self.blocked)
        self.blocked = [each for each in self.blocked if (each.kind, each.key) != (kind, key)]
        return self._done(len(self.blocked) < before, "unblock", kind, key)

    def _of(self, request_id: str, *call: str) -> Result[SongRequest, Refusal]:
        found = next((each for each in self.shown.requests if each.id == request_id), None)
        return Err(NoSuchRequest(request_id)) if found is None else self._done(found, *call)


class FakeRaffle(Recorder):
    """The keyboard raffle."""

    def __init__(self, asked: list[tuple[str, ...]], view: RaffleView) -> None:
        super().__init__(asked)
        self.shown = view
        self.rows: list[LeaderboardRow] = []
        self.verification = Verification((), sound=True, not_proven=())
        self.page = "<!doctype html><title>Proof</title>"

    def view(self) -> RaffleView:
        return self.shown

    async def get_leaderboard(
        self, sort: LeaderboardSort = "wins", *, limit: int = 10
    ) -> Result[Sequence[LeaderboardRow], Refusal]:
        return self._done(self.rows[:limit], "leaderboard", sort)

    async def get_viewer(self, user_id: str) -> Result[LeaderboardRow | None, Refusal]:
        return self._answer(next((each for each in self.rows if each.viewer.user_id == user_id), None))

    async def verify(self, epoch: int | None = None) -> Result[Verification, Refusal]:
        return self._done(self.verification, "verify")

    async def export_proof(self, epoch: int) -> Result[str, Refusal]:
        return self._done(self.page, "proof", str(epoch))

    async def set_settings(self, settings: RaffleSettings) -> Result[RaffleSettings, Refusal]:
        if self.error is None:
            self.shown = replace(self.shown, settings=settings)
        return self._done(settings, "set_raffle", str(settings.range), settings.prize)


class FakeAchievements(Recorder):
    """The achievements."""

    def __init__(self, asked: list[tuple[str, ...]], known: Iterable[Definition]) -> None:
        super().__init__(asked)
        self.known = list(known)
        self.cards: dict[str, ViewerCard] = {}
        self.unlocks: list[Unlock] = []
        self.ranks: list[AchievementRank] = []
        self.would: tuple[Viewer, ...] = ()
        self.saved: list[Definition] = []

    def definitions(self) -> Sequence[Definition]:
        return tuple(self.known)

    async def get_viewer(self, name: str) -> Result[ViewerCard, Refusal]:
        card = self.cards.get(name.casefold().lstrip("@"))
        return Err(NoSuchViewer(name)) if card is None else self._answer(card)

    async def get_unlocked(self, name: str | None = None, *, limit: int = 10) -> Result[Sequence[Unlock], Refusal]:
        return self._answer(self.unlocks[:limit])

    async def get_leaderboard(self, *, limit: int = 10) -> Result[Sequence[AchievementRank], Refusal]:
        return self._answer(self.ranks[:limit])

    async def save(self, definition: Definition) -> Result[Definition, Refusal]:
        if self.error is None:
            self.saved.append(definition)
        return self._done(definition, "save_achievement", definition.id)

    async def delete(self, definition_id: str) -> Result[None, Refusal]:
        return self._done(None, "delete_achievement", definition_id)

    async def move(self, definition_id: str, position: int) -> Result[None, Refusal]:
        return self._done(None, "move_achievement", definition_id, str(position))

    async def preview(self, definition: Definition) -> Result[RetroactivePreview, Refusal]:
        return self._done(RetroactivePreview(definition, self.would, len(self.would)), "preview", definition.id)

    async def apply(self, definition_id: str) -> Result[int, Refusal]:
        return self._done(len(self.would), "apply", definition_id)


class FakeCommands(Recorder):
    """The chat commands."""

    def __init__(self, asked: list[tuple[str, ...]], known: Iterable[Command]) -> None:
        super().__init__(asked)
        self.known = list(known)
        self.values: dict[str, StoredValue] = {}
        self.saved: list[Command] = []

    def list_commands(self) -> Sequence[Command]:
        return tuple(self.known)

    def find(self, name: str) -> Command | None:
        return next((each for each in self.known if name.lower() in {each.name, *each.aliases}), None)

    def value(self, name: str) -> StoredValue | None:
        return self.values.get(name)

    async def create(self, command: Command) -> Result[Command, Refusal]:
        if self.error is None:
            self.saved.append(command)
        return self._done(command, "create", command.name)

    async def update(self, name: str, command: Command) -> Result[Command, Refusal]:
        if self.error is None:
            self.saved.append(command)
        return self._done(command, "update", name)

    async def delete(self, name: str) -> Result[None, Refusal]:
        return self._done(None, "delete", name)

    async def set_value(self, name: str, text: str, *, once: str | None = None) -> Result[StoredValue, Refusal]:
        return self._done(StoredValue(name, text, 0, (name,)), "set_value", name, text)

    async def count_up(self, name: str, *, once: str | None = None) -> Result[StoredValue, Refusal]:
        return self._done(StoredValue(name, "", 1, (name,)), "count_up", name)


class FakeSagas(Recorder):
    """The runs."""

    def __init__(self, asked: list[tuple[str, ...]]) -> None:
        super().__init__(asked)
        self.runs: list[RunView] = []
        self.reads = 0
        self.broken = False

    def list_runs(
        self,
        *,
        statuses: frozenset[RunStatus] | None = None,
        kind: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[RunView]:
        self._work()
        found = [run for run in self.runs if kind in (None, run.kind) and (statuses is None or run.status in statuses)]
        return tuple(found[offset : offset + limit])

    def get_run(self, run_id: str) -> RunView | None:
        self._work()
        return next((run for run in self.runs if run.id == run_id), None)

    def needs_you(self) -> Sequence[RunView]:
        self._work()
        self.reads += 1
        return tuple(self.runs)

    def _work(self) -> None:
        if self.broken:
            raise StorageFailure("disk I/O error")

    async def settle(self, run_id: str, settlement: Settlement) -> Result[RunView, Refusal]:
        run = self.get_run(run_id)
        return Err(NoSuchRun(run_id)) if run is None else self._done(run, "settle", run_id, settlement)


class FakeInbox(Recorder):
    """Dead letters of the inbox."""

    def __init__(self, asked: list[tuple[str, ...]]) -> None:
        super().__init__(asked)
        self.letters: list[InboxLetter] = []
        self.broken = False

    def dead_letters(self, *, limit: int = 100) -> Sequence[InboxLetter]:
        if self.broken:
            raise StorageFailure("disk I/O error")
        return tuple(self.letters[:limit])

    async def replay(self, message_id: str) -> Result[None, Refusal]:
        return self._done(None, "replay", message_id)

    async def discard(self, message_id: str) -> Result[None, Refusal]:
        return self._done(None, "discard", message_id)


class FakeBus:
    """Dead letters of the bus."""

    def __init__(self, asked: list[tuple[str, ...]]) -> None:
        self.asked = asked
        self.letters: list[DeadLetter] = []
        self.broken = False

    def dead_letters(self, *, limit: int = 100) -> Sequence[DeadLetter]:
        self._work()
        return tuple(self.letters[:limit])

    def replay(self, event_id: str, receiver: str) -> bool:
        self._work()
        self.asked.append(("replay_event", event_id, receiver))
        return any((each.event_id, each.receiver) == (event_id, receiver) for each in self.letters)

    def discard(self, event_id: str, receiver: str) -> bool:
        self._work()
        self.asked.append(("discard_event", event_id, receiver))
        return any((each.event_id, each.receiver) == (event_id, receiver) for each in self.letters)

    def _work(self) -> None:
        if self.broken:
            raise StorageFailure("disk I/O error")


class FakeHold(Recorder):
    """The switch."""

    def __init__(self, asked: list[tuple[str, ...]]) -> None:
        super().__init__(asked)
        self.shown = HoldState(held=False, since=None, by=None)

    def state(self) -> HoldState:
        return self.shown

    async def set(self, *, held: bool, by: str) -> Result[HoldState, Refusal]:
        if self.error is None:
            self.shown = HoldState(held, None, by if held else None)
        return self._done(self.shown, "hold", str(held), by)

    def listen(self, listener: Callable[[HoldState], None]) -> None:
        raise AssertionError("the windows listen to pictures")


class FakeRewards(Recorder):
    """The rewards."""

    def __init__(self, asked: list[tuple[str, ...]], view: RewardsView) -> None:
        super().__init__(asked)
        self.shown = view
        self.saved: list[tuple[RewardUse, RewardSpec, bool]] = []
        self.settings = RewardSettings()

    def view(self) -> RewardsView:
        return self.shown

    def get_settings(self) -> RewardSettings:
        return self.settings

    async def set_settings(self, settings: RewardSettings) -> Result[RewardSettings, Refusal]:
        if self.error is None:
            self.settings = settings
        return self._done(settings, "reward_settings")

    def use_of(self, reward_id: str) -> RewardUse | None:
        return None

    async def configure(self, use: RewardUse, spec: RewardSpec, *, switched_on: bool) -> Result[ManagedReward, Refusal]:
        if self.error is None:
            self.saved.append((use, spec, switched_on))
        return self._done(ManagedReward(use, spec, switched_on, None, None), "configure", use)

    async def synchronise(self) -> Result[RewardsView, Refusal]:
        return self._done(self.shown, "synchronise")

    async def came_fulfilled(self, reward_id: str) -> None:
        raise AssertionError("the windows take in no redemptions")


class FakeViewers:
    """Everybody who is in `known`."""

    def __init__(self) -> None:
        self.known: list[Viewer] = []

    def see_in(self, tx: Transaction, viewer: Viewer, at: Instant, role: Role | None = None) -> None:
        raise AssertionError("the windows see nobody by themselves")

    def find(self, name: str) -> Viewer | None:
        sought = name.strip().lstrip("@").casefold()
        return next((each for each in self.known if sought in {each.login, each.display_name.casefold()}), None)

    def get(self, user_id: str) -> Viewer | None:
        return next((each for each in self.known if each.user_id == user_id), None)

    def role_of(self, user_id: str) -> Role:
        return "everyone"

    def names(self, user_ids: Iterable[str]) -> Mapping[str, str]:
        return {each.user_id: each.display_name for each in self.known if each.user_id in set(user_ids)}


class FakeObjects:
    """All of them, sharing one record."""

    def __init__(
        self,
        *,
        queue: QueueView,
        raffle: RaffleView,
        achievements: Iterable[Definition] = (),
        commands: Iterable[Command] = (),
        rewards: RewardsView,
        asked: list[tuple[str, ...]] | None = None,
    ) -> None:
        self.asked: list[tuple[str, ...]] = [] if asked is None else asked
        self.queue = FakeQueue(self.asked, queue)
        self.raffle = FakeRaffle(self.asked, raffle)
        self.achievements = FakeAchievements(self.asked, achievements)
        self.commands = FakeCommands(self.asked, commands)
        self.sagas = FakeSagas(self.asked)
        self.inbox = FakeInbox(self.asked)
        self.bus = FakeBus(self.asked)
        self.hold = FakeHold(self.asked)
        self.rewards = FakeRewards(self.asked, rewards)
        self.viewers = FakeViewers()
        self.raids = FakeRaids(self.asked)

    def objects(self) -> Objects:
        """As the application takes them."""
        return Objects(
            queue=self.queue,
            raffle=self.raffle,
            achievements=self.achievements,
            commands=self.commands,
            preview=lambda text: preview_reply(text, now=START),
            sagas=self.sagas,
            inbox=self.inbox,
            bus=self.bus,
            hold=self.hold,
            rewards=self.rewards,
            viewers=self.viewers,
            raids=self.raids,
        )

    def refuse(self, error: Refusal) -> None:
        """Every later action ends with this error."""
        objects: tuple[Recorder | FakeRaids, ...] = (
            self.queue,
            self.raffle,
            self.achievements,
            self.commands,
            self.sagas,
            self.inbox,
            self.hold,
            self.rewards,
            self.raids,
        )
        for each in objects:
            each.error = error
