"""`Achievements`: what viewers unlock by what they do, told once in chat and on the pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import delete, update

from companion.kernel.result import Err, Ok, Result
from companion.objects.achievements import book, facts, reads, rules
from companion.objects.achievements.announcer import Announcer
from companion.objects.achievements.definitions import BUILTINS, problem_of
from companion.objects.achievements.recorder import OWNER, Recorder
from companion.objects.achievements.tables import AchievementProgressRow, AchievementRow, AchievementUnlockRow
from companion.ports.achievements import (
    AchievementRank,
    BadDefinition,
    Definition,
    NoSuchDefinition,
    NoSuchViewer,
    RetroactivePreview,
    Unlock,
    ViewerCard,
)
from companion.ports.chat import ChatVoice
from companion.ports.events import DomainEvent
from companion.ports.failures import StorageFailed
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer, ViewersPort
from companion.runtime.durable_object import DurableObject, Runtime, storage_to_result
from companion.runtime.transactions import session_of

ANNOUNCE_ALARM: Final = "announce"
RECEIVES: Final = frozenset({*rules.TRIGGERS_OF, "stream_online", "stream_offline", "stream_session_ended"})
"""The kinds of events that `receive` wants."""
MOST_NAMED: Final = 100
"""A preview names at most so many viewers; it counts them all."""


class Achievements(DurableObject):
    """Implements `ports.achievements.AchievementsPort`. `on_change`: an unlock, a definition or a line changed."""

    name = OWNER

    def __init__(
        self,
        *,
        runtime: Runtime,
        viewers: ViewersPort,
        voice: ChatVoice,
        logger: logging.Logger,
        on_change: Callable[[], None],
        builtins: Sequence[Definition] = BUILTINS,
    ) -> None:
        super().__init__(runtime)
        self._viewers = viewers
        self._on_change = on_change
        self._builtins = builtins
        self._announcer = Announcer(
            transactions=runtime.transactions,
            voice=voice,
            clock=runtime.clock,
            logger=logger,
            plan=lambda tx, due: self.set_alarm(tx, ANNOUNCE_ALARM, due),
            on_change=on_change,
        )
        self._recorder = Recorder(
            bus=runtime.bus, clock=runtime.clock, announce=self._announcer.plan_now_in, on_change=on_change
        )

    # Life

    def load(self) -> None:
        """Read the stored state, add builtin definitions that are new, and let waiting lines go on."""
        with self.transactions.begin() as tx:
            book.seed(session_of(tx), self._builtins)
            self._recorder.load_in(tx)
            self._announcer.recover_in(tx)

    async def on_alarm(self, name: str) -> None:
        """`announce`: an announcement is due."""
        await self._announcer.work()

    def set_held(self, *, held: bool) -> None:
        """Keep silent while everything is on hold; what waits is said afterwards."""
        if held == self._announcer.held:
            return
        self._announcer.held = held
        if not held:
            self.remind(ANNOUNCE_ALARM, 0.0)

    # Events

    async def receive(self, event: DomainEvent) -> Result[None, str]:
        """Receiver of the event bus: everything that follows from one event, in one transaction, once."""
        with self.transactions.begin() as tx:
            self.receive_in(tx, event)
        return Ok(None)

    def receive_in(self, tx: Transaction, event: DomainEvent) -> None:
        """Joining receiver of the event bus: the same as part of `tx`."""
        self._recorder.record_in(tx, event)

    # What others ask: see `ports.achievements.AchievementsPort`

    def definitions(self) -> Sequence[Definition]:
        """In the streamer's order, switched-off ones included."""
        return self._recorder.definitions

    @storage_to_result
    async def get_viewer(self, name: str) -> Result[ViewerCard, NoSuchViewer | StorageFailed]:
        """A viewer's card."""
        viewer = self._find(name)
        if viewer is None:
            return Err(NoSuchViewer(name))
        with self.transactions.begin() as tx:
            return Ok(reads.card(session_of(tx), viewer, self._recorder.definitions, self._recorder.session))

    @storage_to_result
    async def get_unlocked(
        self, name: str | None = None, *, limit: int = 10
    ) -> Result[Sequence[Unlock], NoSuchViewer | StorageFailed]:
        """Newest first. Of one viewer: what the viewer has now. Of all: the feed, sessions past included."""
        viewer = None if name is None else self._find(name)
        if name is not None and viewer is None:
            return Err(NoSuchViewer(name))
        with self.transactions.begin() as tx:
            found = reads.unlocks(session_of(tx), None if viewer is None else viewer.user_id, reads.within(limit))
        known = reads.known_as(self._viewers)
        return Ok(
            [
                Unlock(known(it.viewer_id, it.viewer_name), it.definition, it.at, it.session_id, it.announcement)
                for it in found
            ]
        )

    @storage_to_result
    async def get_leaderboard(self, *, limit: int = 10) -> Result[Sequence[AchievementRank], StorageFailed]:
        """By unlocks descending, ties by name."""
        limit = reads.within(limit)
        most = await self.transactions.read_elsewhere(lambda session: reads.ranks(session, limit))
        return Ok(reads.leaderboard(most, self._viewers, limit))

    @storage_to_result
    async def save(self, definition: Definition) -> Result[Definition, BadDefinition | StorageFailed]:
        """Add or change one. Another trigger or scope starts unfinished progress anew."""
        problem = problem_of(definition)
        if problem is not None:
            return Err(problem)
        before = self._defined(definition.id)
        definition = replace(definition, builtin=before is not None and before.builtin)
        with self.transactions.begin() as tx:
            session = session_of(tx)
            book.write(session, definition)
            if before is not None and (before.trigger, before.scope) != (definition.trigger, definition.scope):
                progress = AchievementProgressRow
                unfinished = progress.achievement_id == definition.id, progress.unlocked_at.is_(None)
                session.execute(delete(progress).where(*unfinished))
            self._take_definitions(tx)
        return Ok(definition)

    @storage_to_result
    async def delete(self, definition_id: str) -> Result[None, NoSuchDefinition | StorageFailed]:
        """Remove one of the streamer's own, progress and unlocks with it; a builtin one is switched off."""
        before = self._defined(definition_id)
        if before is None:
            return Err(NoSuchDefinition(definition_id))
        with self.transactions.begin() as tx:
            if before.builtin:
                book.write(session_of(tx), replace(before, enabled=False))
            else:
                self._remove(tx, definition_id)
            self._take_definitions(tx)
        return Ok(None)

    @storage_to_result
    async def move(self, definition_id: str, position: int) -> Result[None, NoSuchDefinition | StorageFailed]:
        """Put a definition in another place, 1 is the first; beyond the last is last."""
        ids = [it.id for it in self._recorder.definitions]
        if definition_id not in ids:
            return Err(NoSuchDefinition(definition_id))
        ids.remove(definition_id)
        ids.insert(max(position - 1, 0), definition_id)
        with self.transactions.begin() as tx:
            book.reorder(session_of(tx), ids)
            self._take_definitions(tx)
        return Ok(None)

    @storage_to_result
    async def preview(self, definition: Definition) -> Result[RetroactivePreview, BadDefinition | StorageFailed]:
        """Who would unlock it if it were applied to all that is stored; nothing is written."""
        problem = problem_of(definition)
        if problem is not None:
            return Err(problem)
        replayed = await self._replay(definition)
        with self.transactions.begin() as tx:
            gained = [viewer_id for viewer_id, it in self._merged(tx, definition, replayed).items() if it.unlocked]
        names = self._viewers.names(gained)
        gained.sort(key=lambda it: (names.get(it, it).casefold(), it))
        known = reads.known_as(self._viewers)
        named = tuple(known(it, names.get(it, it)) for it in gained[:MOST_NAMED])
        return Ok(RetroactivePreview(definition, named, len(gained)))

    @storage_to_result
    async def apply(self, definition_id: str) -> Result[int, NoSuchDefinition | StorageFailed]:
        """Apply to all that is stored: unlocks show on cards, in the feed and on the leaderboard, not in chat."""
        definition = self._defined(definition_id)
        if definition is None:
            return Err(NoSuchDefinition(definition_id))
        replayed = await self._replay(definition)
        now = self.clock.now()
        names = self._viewers.names(replayed)
        with self.transactions.begin() as tx:
            session = session_of(tx)
            gained = 0
            for viewer_id, standing in self._merged(tx, definition, replayed).items():
                at = now if standing.unlocked else None
                book.write_progress(session, viewer_id, rules.Decision(definition, standing.progress, at))
                if at is not None:
                    gained += 1
                    viewer = Viewer(viewer_id, "", names.get(viewer_id, viewer_id))
                    unlock = self._recorder.unlock(f"applied {at.isoformat()}", definition, viewer, at)
                    book.write_unlock(session, unlock, definition.scope, announce=False)
            tx.after_commit(self._on_change)
        return Ok(gained)

    # Inside

    async def _replay(self, definition: Definition) -> Mapping[str, rules.Standing]:
        present = None if self._recorder.session is None else self._recorder.session.number
        applied = replace(definition, enabled=True)
        return await self.transactions.read_elsewhere(lambda s: facts.standings_of(s, applied, present))

    def _merged(
        self, tx: Transaction, definition: Definition, replayed: Mapping[str, rules.Standing]
    ) -> Mapping[str, rules.Standing]:
        """What changes, by viewer."""
        before = book.standings_for(session_of(tx), definition.id)
        changed: dict[str, rules.Standing] = {}
        for viewer_id, standing in replayed.items():
            old = before.get(viewer_id, rules.Standing())
            new = facts.merged(definition, old, standing)
            if new != old:
                changed[viewer_id] = new
        return changed

    def _remove(self, tx: Transaction, definition_id: str) -> None:
        session, unlock = session_of(tx), AchievementUnlockRow
        session.execute(update(AchievementRow).where(AchievementRow.id == definition_id).values(deleted=True))
        session.execute(delete(AchievementProgressRow).where(AchievementProgressRow.achievement_id == definition_id))
        theirs = update(unlock).where(unlock.achievement_id == definition_id)
        session.execute(theirs.where(unlock.announcement == "pending").values(announcement="abandoned"))
        session.execute(theirs.values(cleared=True))

    def _take_definitions(self, tx: Transaction) -> None:
        session = session_of(tx)
        session.flush()
        definitions = book.definitions(session)

        def take() -> None:
            self._recorder.definitions = definitions
            self._on_change()

        tx.after_commit(take)

    def _defined(self, definition_id: str) -> Definition | None:
        return next((it for it in self._recorder.definitions if it.id == definition_id), None)

    def _find(self, name: str) -> Viewer | None:
        return self._viewers.find(name) or self._viewers.get(name.strip())
