"""Telling chat what binds an epoch: its commitment before the first roll, its seed after the last.

Each line is sent at most once. It is journaled as `posting` before it is sent; whoever is killed in between finds it
so at the next start and does not send again. A line that was certainly not shown is tried again later. A commitment
that may or may not stand in chat costs its epoch: the seed is given up and another epoch made, which speaks later.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias, assert_never

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Ok, Result
from companion.objects.keyboard_raffle.lines import commitment_line, reveal_line
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.ports.chat import (
    ChatBusy,
    ChatDropped,
    ChatOff,
    ChatRefused,
    ChatUncertain,
    ChatVoice,
    SayError,
    Sent,
)
from companion.ports.failures import Forbidden, Refused
from companion.ports.transaction import Transaction
from companion.runtime.transactions import Transactions, session_of

FIRST_RETRY: Final = timedelta(seconds=30)
LONGEST_RETRY: Final = timedelta(minutes=10)
MOST_DROPS: Final = 3
"""So often a line is dropped or put off before it is given up; a reveal is put off ten times."""
MOST_DELAYS: Final = 10

Task: TypeAlias = Literal["commitment", "reveal"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is due."""

    number: int
    task: Task
    text: str


@dataclass(frozen=True, slots=True)
class Posted:
    """It stands in chat."""

    sent: Sent


@dataclass(frozen=True, slots=True)
class Again:
    """It was not shown, and is tried again at `at`. `held`: everything is on hold."""

    at: Instant
    held: bool = False


@dataclass(frozen=True, slots=True)
class NoChat:
    """Chat will not show it: the page and the window have to do."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It may or may not stand in chat."""


Told: TypeAlias = Posted | Again | NoChat | Doubtful


class Herald:
    """Sends what is due. `take` is called in a transaction with what became of each line.

    `pause`: how long the next commitment has to wait, whatever made it due.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        voice: ChatVoice,
        clock: Clock,
        logger: logging.Logger,
        pause: Callable[[Session], timedelta],
        take: Callable[[Transaction, RaffleEpochRow, Task, Told], None],
    ) -> None:
        self._transactions = transactions
        self._voice = voice
        self._clock = clock
        self._logger = logger
        self._pause = pause
        self._take = take
        self._failures: Counter[tuple[int, Task]] = Counter()
        self._untold: dict[int, tuple[Task, Told]] = {}
        """What became of lines, while the database does not take it."""
        self.posting: int | None = None
        """The epoch whose commitment is being sent just now."""

    async def send_due(self, *, only: Task | None = None) -> None:
        """Send every line that is due, oldest epoch first, each once. Must not run twice at once."""
        self._catch_up()
        for number in self._due(only):
            line = self._claim(number)
            if line is None:
                continue
            self._untold[number] = (line.task, Doubtful())  # until more is known
            self.posting = number if line.task == "commitment" else None
            try:
                answer = await self._voice.say(line.text)
            finally:
                self.posting = None
            self._untold[number] = (line.task, self._judge(line, answer))
            self._catch_up()

    def _catch_up(self) -> None:
        """Pass on what became of lines; what the database does not take is passed on the next time."""
        for number, (task, told) in list(self._untold.items()):
            with self._transactions.begin() as tx:
                self._take(tx, session_of(tx).get_one(RaffleEpochRow, number), task, told)
            del self._untold[number]

    def _due(self, only: Task | None) -> list[int]:
        query = select(RaffleEpochRow.number).where(_DUE).order_by(RaffleEpochRow.number)
        if only is not None:
            query = query.where(RaffleEpochRow.state == ("opening" if only == "commitment" else "closed"))
        with self._transactions.begin() as tx:
            return list(session_of(tx).scalars(query))

    def _claim(self, number: int) -> Line | None:
        with self._transactions.begin() as tx:
            row = session_of(tx).get_one(RaffleEpochRow, number)
            if row.post != "pending" or row.state not in ("opening", "closed"):
                return None
            if row.state == "opening" and (pause := self._pause(session_of(tx))):
                self._take(tx, row, "commitment", Again(self._clock.now() + pause))
                return None
            row.post = "posting"
            if row.state == "opening":
                return Line(number, "commitment", commitment_line(row))
            return Line(number, "reveal", reveal_line(row))

    def _judge(self, line: Line, answer: Result[Sent, SayError]) -> Told:
        if isinstance(answer, Ok):
            return Posted(answer.value)
        self._logger.info("the raffle's %s was not posted: %s", line.task, type(answer.error).__name__)
        match answer.error:
            case ChatUncertain():
                return Doubtful()
            case ChatOff(held=True):
                return Again(self._clock.now() + FIRST_RETRY, held=True)
            case ChatOff() | ChatRefused(Forbidden() | Refused()):
                return NoChat()
            case ChatDropped():
                return self._later(line, most=MOST_DROPS)
            case ChatBusy(retry_at):
                return Again(max(retry_at, self._clock.now() + timedelta(seconds=1)))
            case ChatRefused():
                return self._later(line, most=MOST_DELAYS if line.task == "reveal" else None)
            case _:
                assert_never(answer.error)

    def _later(self, line: Line, *, most: int | None) -> Told:
        key = (line.number, line.task)
        self._failures[key] += 1
        failures = self._failures[key]
        if most is not None and failures >= most:
            return NoChat()
        return Again(self._clock.now() + min(FIRST_RETRY * 2 ** min(failures - 1, 10), LONGEST_RETRY))


def interrupted(session: Session) -> list[RaffleEpochRow]:
    """Epochs whose line was being sent when the process ended."""
    rows = select(RaffleEpochRow).where(RaffleEpochRow.post == "posting").order_by(RaffleEpochRow.number)
    return list(session.scalars(rows))


_DUE = and_(RaffleEpochRow.post == "pending", or_(RaffleEpochRow.state == "opening", RaffleEpochRow.state == "closed"))
