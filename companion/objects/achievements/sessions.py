"""Stream sessions as the achievements see them: which is the present one, and what a new one clears."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session as SqlSession

from companion.kernel.instant import Instant
from companion.objects.achievements.rules import Session
from companion.objects.achievements.tables import (
    SINGLETON,
    AchievementProgressRow,
    AchievementSessionRow,
    AchievementStateRow,
    AchievementUnlockRow,
    AchievementViewerRow,
)
from companion.ports.events import StreamSessionEnded, StreamWentOffline, StreamWentOnline


@dataclass(frozen=True, slots=True)
class SessionState:
    """The present session and the time of the last transition that was taken in."""

    session: Session | None = None
    watermark: Instant | None = None


def load(session: SqlSession) -> SessionState:
    """What is stored."""
    row = session.get(AchievementStateRow, SINGLETON)
    if row is None:
        return SessionState()
    known = None if row.session is None else session.get(AchievementSessionRow, row.session)
    if known is None:
        return SessionState(None, row.watermark)
    return SessionState(Session(known.session_id, known.number, known.started_at, row.online), row.watermark)


def went_online(session: SqlSession, state: SessionState, event: StreamWentOnline) -> SessionState:
    """Accepted when later than the watermark. A new session clears, one that is online already goes on.

    The watermark moves in any case: an end from before this start may yet come.
    """
    if state.watermark is not None and event.at <= state.watermark:
        return state
    present = state.session
    if present is not None and present.id == event.session_id:
        return _keep(session, SessionState(replace(present, online=True), event.at))
    number = (session.scalar(select(func.max(AchievementSessionRow.number))) or 0) + 1
    known = session.scalar(select(AchievementSessionRow).where(AchievementSessionRow.session_id == event.session_id))
    if known is None:
        session.add(AchievementSessionRow(number=number, session_id=event.session_id, started_at=event.started_at))
        session.flush()
        _clear(session)
        opened = Session(event.session_id, number, event.started_at, online=True)
    else:
        opened = Session(known.session_id, known.number, known.started_at, online=True)
    return _keep(session, SessionState(opened, event.at))


def went_offline(session: SqlSession, state: SessionState, event: StreamWentOffline) -> SessionState:
    """Off air for now, whichever session that was: everything stays, it may be resumed."""
    if state.watermark is not None and event.at <= state.watermark:
        return state
    present = state.session
    return _keep(session, SessionState(None if present is None else replace(present, online=False), event.at))


def ended(session: SqlSession, state: SessionState, event: StreamSessionEnded) -> SessionState:
    """Over for good: streaks of requests end, what was unlocked stays to be seen until the next session."""
    present = state.session
    if present is None or present.id != event.session_id:
        return state
    _end_streaks(session)
    return _keep(session, SessionState(replace(present, online=False), state.watermark))


def _clear(session: SqlSession) -> None:
    progress, unlock = AchievementProgressRow, AchievementUnlockRow
    session.execute(delete(progress).where(progress.scope == "session"))
    session.execute(
        update(unlock)
        .where(unlock.scope == "session", unlock.announcement == "pending")
        .values(announcement="abandoned")
    )
    session.execute(update(unlock).where(unlock.scope == "session", ~unlock.cleared).values(cleared=True))
    _end_streaks(session)


def _end_streaks(session: SqlSession) -> None:
    session.execute(update(AchievementViewerRow).where(AchievementViewerRow.streak > 0).values(streak=0))


def _keep(session: SqlSession, state: SessionState) -> SessionState:
    present = state.session
    session.merge(
        AchievementStateRow(
            id=SINGLETON,
            session=None if present is None else present.number,
            online=present is not None and present.online,
            watermark=state.watermark,
        )
    )
    return state
