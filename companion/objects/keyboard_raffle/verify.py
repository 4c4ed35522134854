"""Recomputing an epoch from its seed and its entries: pure, one entry after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from companion.kernel.instant import Instant
from companion.objects.keyboard_raffle import chain, draws
from companion.ports.raffle import EpochVerdict

MOST_PROBLEMS: Final = 50
NOT_PROVEN: Final = (
    "That no redemption was withheld before Companion saw it: compare with the reward's history at Twitch.",
    "That the chain shown now is the one that viewers saw: compare the entry numbers and chain digits in chat.",
    "That the redemption ids and times are Twitch's own: Companion wrote down what Twitch told it.",
)


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """What is stored of an epoch. `seed` None: lost, or (in a proof) not revealed."""

    number: int
    state: str
    number_range: int
    channel_id: str
    seed: str | None
    commitment: str
    chat_id: str | None
    seen_at: Instant | None
    committed_at: Instant | None
    closed_because: str | None
    revealed_entries: int | None
    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """What is stored of one entry."""

    epoch: int
    entry: int
    kind: chain.EntryKind
    redemption_id: str
    viewer_id: str
    viewer_name: str
    redeemed_at: Instant
    number_range: int
    winning: int | None
    roll: int | None
    distance: int | None
    won: bool
    voided: bool
    reason: str | None
    chain: str


class _Examiner:
    """Takes the entries in their order and keeps what is wrong with them."""

    def __init__(self, epoch: EpochRecord) -> None:
        self._epoch = epoch
        self._seed = None if epoch.seed is None else bytes.fromhex(epoch.seed)
        self._head = chain.genesis(epoch.commitment)
        self._next = 1
        self._decided: set[str] = set()
        self._marked: set[str] = set()
        self._voids: set[str] = set()
        self._rolls: set[str] = set()
        self.entries = 0
        self.problems: list[str] = []

    def take(self, entry: EntryRecord) -> None:
        self.entries += 1
        name = f"entry {entry.entry}"
        if entry.entry != self._next:
            self.problems.append(f"entries {self._next} to {entry.entry - 1} are missing or out of order")
        self._next = entry.entry + 1
        link = chain.Link(
            epoch=entry.epoch,
            entry=entry.entry,
            kind=entry.kind,
            redemption_id=entry.redemption_id,
            viewer_id=entry.viewer_id,
            redeemed_at=entry.redeemed_at,
            winning=entry.winning,
            roll=entry.roll,
            reason=entry.reason,
        )
        if chain.extend(self._head, link) != entry.chain:
            self.problems.append(f"{name}: the chain is broken")
        self._head = entry.chain
        if entry.kind == "void":
            self._take_void(name, entry)
            return
        if entry.redemption_id in self._decided:
            self.problems.append(f"{name}: this redemption was decided before")
        self._decided.add(entry.redemption_id)
        if entry.kind == "roll":
            self._take_roll(name, entry)

    def finish(self) -> None:
        epoch = self._epoch
        if self._seed is None:
            self.problems.append("the seed is lost (the data was restored from a backup): the rolls cannot be checked")
        elif self._commitment() != epoch.commitment:
            self.problems.append("the commitment does not belong to this seed, number, range and channel")
        if (self.entries, self._head) != (epoch.entries, epoch.head):
            self.problems.append(f"the chain should end at entry {epoch.entries} with {epoch.head[:8]}")
        if self._marked != self._voids:
            self.problems.append("rolls that were taken back and entries that say so do not match")

    @property
    def rolls(self) -> int:
        return len(self._rolls)

    @property
    def refunds(self) -> int:
        """Redemptions whose points went back, rolled before or not."""
        return len(self._decided - self._rolls) + len(self._voids)

    def _take_void(self, name: str, entry: EntryRecord) -> None:
        if entry.redemption_id not in self._rolls or entry.redemption_id in self._voids:
            self.problems.append(f"{name}: takes back what was never rolled, or twice")
        self._voids.add(entry.redemption_id)

    def _take_roll(self, name: str, entry: EntryRecord) -> None:
        epoch = self._epoch
        self._rolls.add(entry.redemption_id)
        if entry.voided:
            self._marked.add(entry.redemption_id)
        if epoch.committed_at is None or entry.redeemed_at <= epoch.committed_at:
            self.problems.append(f"{name}: redeemed before the commitment was public")
        if epoch.revealed_entries is not None and entry.entry > epoch.revealed_entries:
            self.problems.append(f"{name}: rolled after the seed was revealed")
        if entry.number_range != epoch.number_range or entry.winning is None or entry.roll is None:
            self.problems.append(f"{name}: not a roll of this epoch's range")
            return
        stored = draws.Draws(entry.winning, entry.roll)
        if (entry.distance, entry.won) != (stored.distance, stored.won):
            self.problems.append(f"{name}: the distance does not follow from the numbers")
        if self._seed is not None:
            drawn = draws.draw_both(self._seed, entry.redemption_id, epoch.number_range)
            if drawn != stored:
                self.problems.append(f"{name}: the seed gives {drawn.roll} against {drawn.winning}")

    def _commitment(self) -> str:
        epoch = self._epoch
        return chain.commitment(
            seed=epoch.seed or "", epoch=epoch.number, range_=epoch.number_range, channel_id=epoch.channel_id
        )


def verify_epoch(epoch: EpochRecord, entries: Iterable[EntryRecord]) -> EpochVerdict:
    """Recompute everything. At most `MOST_PROBLEMS` problems are told, the number of the others besides."""
    examiner = _Examiner(epoch)
    for entry in entries:
        examiner.take(entry)
    examiner.finish()
    problems = examiner.problems[:MOST_PROBLEMS]
    if len(examiner.problems) > MOST_PROBLEMS:
        problems.append(f"and {len(examiner.problems) - MOST_PROBLEMS} more")
    return EpochVerdict(
        number=epoch.number,
        revealed=epoch.state == "revealed",
        entries=examiner.entries,
        rolls=examiner.rolls,
        refunds=examiner.refunds,
        problems=tuple(problems),
    )


def notes(epoch: EpochRecord) -> tuple[str, ...]:
    """What is weaker about an epoch than it could be, without being wrong."""
    told: list[str] = []
    name = f"Epoch {epoch.number}"
    if epoch.committed_at is not None and epoch.chat_id is None:
        told.append(f"{name}: its commitment stood on the page, not in chat, and its time is our own reckoning.")
    elif epoch.committed_at is not None and epoch.seen_at is None:
        told.append(f"{name}: Twitch never showed us its commitment in chat, so its time is our own reckoning.")
    if epoch.closed_because == "uncertain":
        told.append(f"{name}: closed unused, because it was not certain that its commitment stood in chat.")
    if epoch.state != "revealed" and epoch.seed is not None:
        told.append(f"{name}: not revealed yet, so only Companion itself can check it.")
    late = 0 if epoch.revealed_entries is None else epoch.entries - epoch.revealed_entries
    if late > 0:
        told.append(f"{name}: {late} entries (points given back) were added after the seed was revealed.")
    return tuple(told)
