"""Reading what needs the streamer, seldom enough to cost nothing, and carrying out what was decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol, TypeVar, assert_never

from companion.application.explain_actions import (
    QueueError,
    RewardError,
    SettleError,
    explain_queue,
    explain_reward,
    explain_settling,
)
from companion.application.messages import Message
from companion.application.needs_you_items import BusLetter, Choice, ItemKind, Letters, NeedsYouItem, needs_you_items
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.ports.inbox import InboxPort, NoSuchLetter
from companion.ports.rewards import RewardsPort
from companion.ports.sagas import RunView, SagasPort, Settlement
from companion.ports.song_queue import QueueView, SongQueuePort
from companion.runtime.transactions import StorageFailure

T = TypeVar("T")

FRESH: Final = 1.0
"""Seconds for which runs and dead letters are believed without reading them again."""
MOST: Final = 100
"""Cards of one kind at most."""


class BusLetters(Protocol):
    """Dead letters of the event bus. `replay` and `discard` are False when there is no such letter."""

    def dead_letters(self, *, limit: int = 100) -> Sequence[BusLetter]:
        """Newest first."""
        ...

    def replay(self, event_id: str, receiver: str) -> bool:
        """Deliver again."""
        ...

    def discard(self, event_id: str, receiver: str) -> bool:
        """Delete."""
        ...


class NeedsYouActions:
    """`items` reads the database at most once in `FRESH` seconds; `again` is asked to draw a picture after that."""

    def __init__(
        self,
        *,
        sagas: SagasPort,
        queue: SongQueuePort,
        inbox: InboxPort,
        bus: BusLetters,
        rewards: RewardsPort,
        clock: Clock,
        changed: Callable[[], None],
        again: Callable[[float], None],
    ) -> None:
        self._sagas = sagas
        self._queue = queue
        self._inbox = inbox
        self._bus = bus
        self._rewards = rewards
        self._clock = clock
        self._changed = changed
        self._again = again
        self._read_at: float | None = None
        self._runs: Sequence[RunView] = ()
        self._letters = Letters((), ())

    def items(self, queue: QueueView) -> tuple[NeedsYouItem, ...]:
        """All cards, for the picture."""
        self._refresh()
        return needs_you_items(
            runs=self._runs, requests=queue.requests, rewards=self._rewards.view(), letters=self._letters
        )

    async def decide(self, kind: ItemKind, ref: str, choice: Choice, *, receiver: str = "") -> Result[None, Message]:
        """Carry out what was pressed on the card that shows `ref`."""
        done = await self._carry_out(kind, ref, choice, receiver)
        self._read_at = None
        self._changed()
        return done

    async def _carry_out(self, kind: ItemKind, ref: str, choice: Choice, receiver: str) -> Result[None, Message]:
        match choice:
            case "synchronise" | "leave_off":
                return await self._mend(ref, again=choice == "synchronise")
            case "fulfil" | "refund" | "ignore" | "retry":
                return await self._settle(ref, choice)
            case "approve" | "refuse":
                return _queue_done(await self._queue.approve(ref, yes=choice == "approve"))
            case "replay" if kind == "event":
                return _letter_done(self._bus.replay, ref, receiver)
            case "discard" if kind == "event":
                return _letter_done(self._bus.discard, ref, receiver)
            case "replay":
                return _settled(await self._inbox.replay(ref))
            case "discard":
                return _settled(await self._inbox.discard(ref))
            case _:
                assert_never(choice)

    async def _mend(self, use: str, *, again: bool) -> Result[None, Message]:
        """A reward that was deleted at Twitch is made anew, or left off knowingly; any other is brought in line."""
        each = next((each for each in self._rewards.view().rewards if each.use == use), None)
        if each is None or (again and each.switched_on):
            return _reward_done(await self._rewards.synchronise())
        return _reward_done(await self._rewards.configure(each.use, each.spec, switched_on=again))

    async def _settle(self, run_id: str, settlement: Settlement) -> Result[None, Message]:
        return _settled(await self._sagas.settle(run_id, settlement))

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        if self._read_at is not None and now - self._read_at < FRESH:
            self._again(self._read_at + FRESH - now)
            return
        self._read_at = now
        # What cannot be read just now has a notice of its own; the cards stay as they were last known.
        with suppress(StorageFailure):
            self._runs = self._sagas.needs_you()
            self._letters = Letters(self._inbox.dead_letters(limit=MOST), self._bus.dead_letters(limit=MOST))


def _settled(result: Result[T, SettleError]) -> Result[None, Message]:
    return Ok(None) if isinstance(result, Ok) else Err(explain_settling(result.error))


def _reward_done(result: Result[T, RewardError]) -> Result[None, Message]:
    return Ok(None) if isinstance(result, Ok) else Err(explain_reward(result.error))


def _queue_done(result: Result[T, QueueError]) -> Result[None, Message]:
    return Ok(None) if isinstance(result, Ok) else Err(explain_queue(result.error))


def _letter_done(action: Callable[[str, str], bool], ref: str, receiver: str) -> Result[None, Message]:
    try:
        found = action(ref, receiver)
    except StorageFailure as failure:
        return Err(explain_settling(StorageFailed(failure.detail)))
    return Ok(None) if found else Err(explain_settling(NoSuchLetter(ref)))
