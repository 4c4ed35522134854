"""Says unlocks in chat, each at most once: a line that was cut off in mid-send is never sent again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from sqlalchemy import and_, func, or_, select, update

from companion.kernel.instant import Clock, Instant, seconds
from companion.kernel.result import Err, Ok
from companion.objects.achievements.definitions import emoji
from companion.objects.achievements.tables import AchievementRow, AchievementUnlockRow
from companion.ports.achievements import AnnouncementState
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain, ChatVoice, SayError
from companion.ports.failures import QuotaExhausted, RateLimited
from companion.ports.transaction import Transaction
from companion.runtime.transactions import Transactions, session_of

RETRY_DELAYS: Final = (3.0, 5.0, 10.0)
"""Seconds after a line that certainly was not sent; after the last one it is abandoned."""
LONGEST_WAIT: Final = timedelta(minutes=30)
LOOK_AGAIN: Final = timedelta(seconds=10)
"""When chat says that everything is on hold before we were told of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One announcement on its way."""

    event_id: str
    text: str
    attempts: int


class Announcer:
    """Works off the pending announcements in order. `plan(tx, due)` sees to it that `work` is called at `due`."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        voice: ChatVoice,
        clock: Clock,
        logger: logging.Logger,
        plan: Callable[[Transaction, Instant], None],
        on_change: Callable[[], None],
    ) -> None:
        self._transactions = transactions
        self._voice = voice
        self._clock = clock
        self._logger = logger
        self._plan = plan
        self._on_change = on_change
        self.held = False

    def recover_in(self, tx: Transaction) -> None:
        """At a start: lines that wait go on."""
        self._doubt_in(tx)
        unlock = AchievementUnlockRow
        first = session_of(tx).scalar(select(func.min(unlock.due)).where(unlock.announcement == "pending"))
        if first is not None:
            self._plan(tx, first)

    def _doubt_in(self, tx: Transaction) -> None:
        """Lines that were cut off in mid-send may or may not stand in chat."""
        unlock = AchievementUnlockRow
        cut_off = update(unlock).where(unlock.announcement == "sending")
        session_of(tx).execute(cut_off.values(announcement="uncertain"))

    def plan_now_in(self, tx: Transaction) -> None:
        """A new line waits."""
        if not self.held:
            self._plan(tx, self._clock.now())

    async def work(self) -> None:
        """Say what is due, one after the other. Called by one alarm only, so never twice at once."""
        with self._transactions.begin() as tx:
            self._doubt_in(tx)
        while (line := self._claim()) is not None:
            said = await self._voice.say(line.text)
            match said:
                case Ok():
                    self._settle(line, "sent")
                case Err(ChatUncertain()):
                    self._settle(line, "uncertain")
                case Err(ChatOff(held=True)):
                    self._put_back(line)
                    return
                case Err(ChatBusy(retry_at=room_at)):
                    self._wait_for_room(line, room_at)
                case Err(error):
                    self._failed(line, error)
                case _:
                    assert_never(said)
            self._on_change()
            await self._transactions.turn()

    def _claim(self) -> Line | None:
        if self.held:
            return None
        unlock = AchievementUnlockRow
        with self._transactions.begin() as tx:
            session = session_of(tx)
            query = select(unlock, AchievementRow).join(AchievementRow, AchievementRow.id == unlock.achievement_id)
            waiting = query.where(unlock.announcement == "pending").order_by(unlock.due, unlock.at, unlock.event_id)
            found = session.execute(waiting.limit(1)).one_or_none()
            if found is None:
                return None
            row, definition = found
            wait: timedelta = row.due - self._clock.now()
            # Longer than anybody asks us to wait: the clock was set back since, and the time has come long ago.
            if timedelta(0) < wait <= LONGEST_WAIT:
                self._plan(tx, row.due)
                return None
            row.announcement = "sending"
            return Line(row.event_id, line_of(row.viewer_name, definition), row.attempts + 1)

    def _failed(self, line: Line, error: SayError) -> None:
        self._logger.info("the chat line of an unlock was not sent: %s", type(error).__name__)
        if line.attempts > len(RETRY_DELAYS):
            self._settle(line, "abandoned")
            return
        due = max(self._clock.now() + seconds(RETRY_DELAYS[line.attempts - 1]), told(error) or self._clock.now())
        self._write(line, {"announcement": "pending", "attempts": line.attempts, "due": due})

    def _wait_for_room(self, line: Line, room_at: Instant) -> None:
        """Chat has no room before `room_at`: every line that is due counts this as its attempt, not only the first.

        Hundreds may be due, and each by itself would be two transactions to learn the same.
        """
        now, unlock = self._clock.now(), AchievementUnlockRow
        due = or_(unlock.event_id == line.event_id, and_(unlock.announcement == "pending", unlock.due <= now))
        with self._transactions.begin() as tx:
            session = session_of(tx)
            again = update(unlock).where(due).execution_options(synchronize_session=False)
            last = len(RETRY_DELAYS)
            tried = {"attempts": unlock.attempts + 1}
            session.execute(again.where(unlock.attempts >= last).values(announcement="abandoned", **tried))
            for attempts in reversed(range(last)):  # backwards, so that no line is counted twice
                at = max(now + seconds(RETRY_DELAYS[attempts]), room_at)
                session.execute(
                    again.where(unlock.attempts == attempts).values(announcement="pending", due=at, **tried)
                )
        self._logger.info("the chat lines of unlocks wait for room in chat")

    def _settle(self, line: Line, state: AnnouncementState) -> None:
        self._write(line, {"announcement": state, "attempts": line.attempts})

    def _put_back(self, line: Line) -> None:
        """Not sent and not counted: everything is on hold. We are called when it is over, and look again in case."""
        with self._transactions.begin() as tx:
            _write(tx, line, {"announcement": "pending"})
            self._plan(tx, self._clock.now() + LOOK_AGAIN)

    def _write(self, line: Line, values: Mapping[str, object]) -> None:
        with self._transactions.begin() as tx:
            _write(tx, line, values)


def _write(tx: Transaction, line: Line, values: Mapping[str, object]) -> None:
    unlock = AchievementUnlockRow
    session_of(tx).execute(update(unlock).where(unlock.event_id == line.event_id).values(**values))


def line_of(viewer_name: str, definition: AchievementRow) -> str:
    """The chat line: the viewer, the achievement, and what it is for."""
    icon = emoji(definition.icon)
    named = f"{definition.name} {icon}" if icon else definition.name
    return f"{viewer_name} unlocked {named}: {definition.description}."


def told(error: SayError) -> Instant | None:
    """Until when the other side asked us to wait."""
    match error:
        case ChatBusy(retry_at=at) | ChatRefused(error=RateLimited(retry_at=at) | QuotaExhausted(retry_at=at)):
            return at
        case ChatDropped() | ChatUncertain() | ChatOff() | ChatRefused():
            return None
        case _:
            assert_never(error)
