"""The keyboard raffle: verifiable rolls, records and leaderboards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer

EpochState: TypeAlias = Literal["opening", "open", "closed", "revealed"]
"""`opening`: the commitment is not posted yet. `closed`: no more rolls, the seed is about to be revealed."""
LeaderboardSort: TypeAlias = Literal["rolls", "wins", "closest"]


@dataclass(frozen=True, slots=True)
class RaffleSettings:
    """`range` is the highest number, 2..1,000,000. `prize` is what the chat line names."""

    range: int = 10_000
    prize: str = "eternal bragging rights"
    win_stays_open: bool = False
    """A win is left for the streamer to settle by hand."""
    live_only: bool = True
    """What is redeemed while no session is open is refunded; False: it is rolled all the same."""


@dataclass(frozen=True, slots=True)
class Roll:
    """One roll. `entry` is its number in the epoch's chain, `chain` the chain's hash (hex) up to it."""

    redemption_id: str
    viewer: Viewer
    at: Instant
    session_id: str | None
    epoch: int
    roll: int
    winning: int
    distance: int
    won: bool
    new_record: bool
    entry: int
    chain: str


@dataclass(frozen=True, slots=True)
class EpochView:
    """One epoch. `seed` (hex) is None until it is revealed."""

    number: int
    state: EpochState
    commitment: str
    range: int
    committed_at: Instant | None
    """Twitch's time of the chat message that carried the commitment; None: it is not public, nobody can roll."""
    closed_at: Instant | None
    seed: str | None
    entries: int


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One viewer; `closest` None when the viewer only ever won or never rolled."""

    viewer: Viewer
    rolls: int
    wins: int
    closest: int | None


@dataclass(frozen=True, slots=True)
class RaffleView:
    """What the window and the page show."""

    epoch: EpochView | None
    settings: RaffleSettings
    recent: tuple[Roll, ...]
    """Newest first, at most 20."""
    record: Roll | None
    """The closest losing roll on record."""
    wins_per_hundred: float
    """Expected wins in a hundred rolls."""


@dataclass(frozen=True, slots=True)
class EpochVerdict:
    """What recomputing one epoch found; `problems` is empty when every roll is as the seed makes it."""

    number: int
    revealed: bool
    entries: int
    rolls: int
    refunds: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """All epochs that were looked at, and in `not_proven` what no recomputation can show."""

    epochs: tuple[EpochVerdict, ...]
    sound: bool
    not_proven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    """This redemption id was recorded before with other evidence."""

    redemption_id: str


@dataclass(frozen=True, slots=True)
class BadRaffleSettings:
    """`detail` says which value cannot be."""

    detail: str


class KeyboardRafflePort(Protocol):
    """The raffle, as window, chat and scripts see it. Limits are 1..100, 10 when not given."""

    def view(self) -> RaffleView:
        """The present picture."""
        ...

    async def get_leaderboard(
        self, sort: LeaderboardSort = "wins", *, limit: int = 10
    ) -> Result[Sequence[LeaderboardRow], BadRaffleSettings | StorageFailed]:
        """Rolls or wins descending, closest ascending with none last; ties by user id."""
        ...

    async def get_viewer(self, user_id: str) -> Result[LeaderboardRow | None, StorageFailed]:
        """One viewer's numbers."""
        ...

    async def verify(self, epoch: int | None = None) -> Result[Verification, StorageFailed]:
        """Recompute every roll of one epoch, or of all that are revealed."""
        ...

    async def export_proof(self, epoch: int) -> Result[str, BadRaffleSettings | StorageFailed]:
        """A self-contained HTML page that recomputes the epoch in any browser."""
        ...

    async def set_settings(self, settings: RaffleSettings) -> Result[RaffleSettings, BadRaffleSettings | StorageFailed]:
        """Replace the settings; a new range closes the running epoch and opens another."""
        ...


# ---- what the saga of a roll asks ------------------------------------------------------------------------------------

RollRefusal: TypeAlias = Literal[
    "too_early", "closed", "no_commitment", "no_epoch", "taken_back", "refused", "bad_id", "offline"
]
"""`too_early`: made at or before the commitment. `closed`: the epoch it was made in is over. `no_commitment`: none
could be posted in time. `taken_back`, `refused`: decided before. `bad_id`: an id that cannot stand in the chain.
`offline`: no session is open, and the settings want one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One redemption (or chat message) that asks for a roll. `redeemed_at` is Twitch's time of it."""

    redemption_id: str
    viewer: Viewer
    redeemed_at: Instant


@dataclass(frozen=True, slots=True)
class Admitted:
    """An epoch is open for it (or it was decided before): roll."""


@dataclass(frozen=True, slots=True)
class WaitForEpoch:
    """The commitment does not stand in chat yet; the run is woken when it does. Ask again at `until` otherwise."""

    until: Instant


@dataclass(frozen=True, slots=True)
class NotAdmitted:
    """It will never be rolled."""

    reason: RollRefusal


Admission: TypeAlias = Admitted | WaitForEpoch | NotAdmitted


class RaffleRolls(Protocol):
    """The raffle, as the saga of one roll uses it: each method joins the saga's transaction and bears a repetition."""

    def settings(self) -> RaffleSettings:
        """As they stand now."""
        ...

    def admit_in(self, tx: Transaction, wish: Wish, *, asked_at: Instant) -> Admission:
        """Whether it may be rolled now; opens an epoch when none runs. `asked_at`: since when it waits."""
        ...

    def record_roll_in(self, tx: Transaction, wish: Wish) -> Result[Roll, NotAdmitted | IdempotencyConflict]:
        """Draw both numbers and write them down; the same redemption again gets the same roll."""
        ...

    def take_back_in(self, tx: Transaction, redemption_id: str, reason: str) -> None:
        """Its points go back: the roll counts no more, and is never drawn again."""
        ...

    def refuse_in(self, tx: Transaction, wish: Wish, reason: str) -> None:
        """Note in the chain that it was seen and not rolled; nothing to do when it was decided before."""
        ...
