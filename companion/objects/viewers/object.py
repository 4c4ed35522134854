"""`Viewers`: everybody who ever chatted or redeemed something, by id, with the newest name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.objects.viewers.tables import ViewerRow
from companion.ports.transaction import Transaction
from companion.ports.viewers import Role, Viewer
from companion.runtime.durable_object import DurableObject, Runtime
from companion.runtime.transactions import session_of

FRESH: Final = timedelta(minutes=10)
"""A viewer of whom nothing has changed is written again no sooner than this."""
_REMEMBERED: Final = 20_000
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class _Known:
    viewer: Viewer
    role: Role
    seen_at: Instant


class Viewers(DurableObject):
    """Implements `ports.viewers.ViewersPort`. `streamer` gives the user id of the channel's owner."""

    name = "viewers"

    def __init__(self, *, runtime: Runtime, streamer: Callable[[], str | None]) -> None:
        super().__init__(runtime)
        self._streamer = streamer
        self._known: dict[str, _Known] = {}

    def see_in(self, tx: Transaction, viewer: Viewer, at: Instant, role: Role | None = None) -> None:
        """See `ports.viewers`. A chat of a hundred lines a second must not write a hundred rows a second."""
        known = self._known.get(viewer.user_id) or self._load(session_of(tx), viewer.user_id)
        # An older notification (one that was missed) must not bring an old name back.
        if known is not None and at < known.seen_at:
            return
        now_role = role or (known.role if known is not None else "everyone")
        if known is not None and known.viewer == viewer and known.role == now_role and at - known.seen_at < FRESH:
            return
        row = ViewerRow(
            user_id=viewer.user_id,
            login=viewer.login,
            display_name=viewer.display_name,
            folded_login=folded(viewer.login),
            folded_name=folded(viewer.display_name),
            role=now_role,
            seen_at=at,
        )
        if known is None:
            row.first_seen_at = at
        session_of(tx).merge(row)
        tx.after_commit(lambda: self._remember(_Known(viewer, now_role, at)))

    def find(self, name: str) -> Viewer | None:
        """See `ports.viewers`. Who was seen last has the name: Twitch gives freed names to others."""
        wanted = folded(name.strip().removeprefix("@"))
        if not wanted:
            return None
        with self.transactions.reading() as session:
            query = select(ViewerRow).where(or_(ViewerRow.folded_login == wanted, ViewerRow.folded_name == wanted))
            row = session.scalars(query.order_by(ViewerRow.seen_at.desc()).limit(1)).one_or_none()
            return None if row is None else _viewer(row)

    def get(self, user_id: str) -> Viewer | None:
        """See `ports.viewers`."""
        known = self._find(user_id)
        return None if known is None else known.viewer

    def role_of(self, user_id: str) -> Role:
        """See `ports.viewers`."""
        if user_id == self._streamer():
            return "broadcaster"
        known = self._find(user_id)
        return "everyone" if known is None else known.role

    def names(self, user_ids: Iterable[str]) -> Mapping[str, str]:
        """See `ports.viewers`."""
        wanted = list(dict.fromkeys(user_ids))
        names: dict[str, str] = {}
        with self.transactions.reading() as session:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                query = select(ViewerRow.user_id, ViewerRow.display_name).where(ViewerRow.user_id.in_(chunk))
                names.update(session.execute(query).all())
        return names

    def _find(self, user_id: str) -> _Known | None:
        known = self._known.get(user_id)
        if known is not None:
            return known
        with self.transactions.reading() as session:
            return self._load(session, user_id)

    def _load(self, session: Session, user_id: str) -> _Known | None:
        row = session.get(ViewerRow, user_id)
        # Not remembered here: the row may stand in a transaction that is rolled back yet.
        return None if row is None else _Known(_viewer(row), cast("Role", row.role), row.seen_at)

    def _remember(self, known: _Known) -> None:
        self._known.pop(known.viewer.user_id, None)
        self._known[known.viewer.user_id] = known
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]


def folded(name: str) -> str:
    """What two spellings of one name have in common: case and compatibility forms do not count."""
    return unicodedata.normalize("NFKC", name).casefold()


def _viewer(row: ViewerRow) -> Viewer:
    return Viewer(row.user_id, row.login, row.display_name)
