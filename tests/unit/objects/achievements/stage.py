"""`Achievements` on a real database, with an evening of events that tests command."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.achievements.definitions import BUILTINS
from companion.objects.achievements.object import Achievements
from companion.ports.achievements import Definition, Scope, Trigger, Unlock, ViewerCard
from companion.ports.chat import SayError, Sent
from companion.ports.events import AchievementUnlocked, DomainEvent, StreamSessionEnded
from companion.ports.viewers import Viewer
from tests.fakes.chat import FakeVoice
from tests.fakes.clock import FakeClock
from tests.fakes.events import CHATTED, OFFLINE, ONLINE, PLAYED, REFUSED, ROLLED, changed
from tests.fakes.objects import FakeViewers
from tests.fakes.runtime import Killed, Rig, Rigs

MARLOW = Viewer("101", "marlow", "Marlow")
ODETTE = Viewer("102", "odette", "Odette")
QUILL = Viewer("103", "quill", "quill")


class MortalVoice(FakeVoice):
    """May die in the middle of a line, after Twitch has it or before."""

    dies = False

    async def say(self, text: str, *, reply_to: str | None = None, patience: float = 10.0) -> Result[Sent, SayError]:
        if self.dies:
            self.dies = False
            await super().say(text)
            raise Killed
        return await super().say(text, reply_to=reply_to, patience=patience)


class Stage:
    """The streamer's evening. `restart` is a kill and the next start."""

    def __init__(self, rigs: Rigs, clock: FakeClock, builtins: Sequence[Definition] = BUILTINS) -> None:
        self.clock = clock
        self.viewers = FakeViewers()
        self.viewers.known = [MARLOW, ODETTE, QUILL]
        self.voice = MortalVoice(clock)
        self.unlocks: list[AchievementUnlocked] = []
        self.changes = 0
        self._rigs = rigs
        self._ids = count(1)
        self.builtins = builtins
        self.make()

    def make(self) -> None:
        self.rig: Rig = self._rigs()
        self.rig.bus.receive("test", self._hear, kinds=frozenset({"achievement_unlocked"}))
        self.object = Achievements(
            runtime=self.rig.runtime,
            viewers=self.viewers,
            voice=self.voice,
            logger=logging.getLogger("companion.test"),
            on_change=self._changed,
            builtins=self.builtins,
        )
        self.object.load()
        self.rig.start()

    async def restart(self) -> None:
        await self.rig.crash()
        self.make()
        await self.rig.pass_time(0)

    def _changed(self) -> None:
        self.changes += 1

    async def _hear(self, event: DomainEvent) -> Result[None, str]:
        assert isinstance(event, AchievementUnlocked)
        if event not in self.unlocks:
            self.unlocks.append(event)
        return Ok(None)

    async def tell(self, event: DomainEvent, wait: float = 0.0) -> None:
        """The bus delivers an event, as it stands."""
        assert await self.object.receive(event) == Ok(None)
        await self.rig.pass_time(wait)

    def fresh(self) -> dict[str, object]:
        """An id of its own, now."""
        return {"event_id": f"event-{next(self._ids)}", "at": self.clock.now()}

    async def online(self, session: str = "s1", *, resumed: bool = False) -> None:
        self.clock.advance(1)
        start = self.clock.now()
        await self.tell(
            changed(ONLINE, **self.fresh(), session_id=session, stream_id=session, started_at=start, resumed=resumed)
        )
        self.clock.advance(1)

    async def offline(self, session: str = "s1") -> None:
        self.clock.advance(1)
        await self.tell(changed(OFFLINE, **self.fresh(), session_id=session, ended_at=self.clock.now()))

    async def end(self, session: str = "s1") -> None:
        at = self.clock.now()
        await self.tell(
            StreamSessionEnded(
                event_id=f"end-{session}", at=at, session_id=session, started_at=at, ended_at=at, peak_viewer_count=1
            )
        )

    async def played(self, times: int = 1, *, who: Viewer = MARLOW, session: str | None = "s1") -> None:
        for _ in range(times):
            self.clock.advance(1)
            await self.tell(
                changed(PLAYED, **self.fresh(), viewer_id=who.user_id, viewer_name=who.display_name, session_id=session)
            )

    async def refused(self, *, by_viewer: bool = True, session: str | None = "s1") -> None:
        await self.tell(changed(REFUSED, **self.fresh(), by_viewer=by_viewer, session_id=session))

    async def rolled(
        self,
        distance: int = 2_000,
        *,
        record: bool = False,
        times: int = 1,
        who: Viewer = MARLOW,
        session: str | None = "s1",
    ) -> None:
        for _ in range(times):
            await self.tell(
                changed(
                    ROLLED,
                    **self.fresh(),
                    roll=1,
                    winning=1 + distance,
                    distance=distance,
                    won=distance == 0,
                    new_record=record,
                    viewer_id=who.user_id,
                    viewer_name=who.display_name,
                    session_id=session,
                )
            )

    async def chatted(self, times: int = 1, *, who: Viewer = MARLOW, session: str | None = "s1") -> None:
        for _ in range(times):
            await self.tell(
                changed(
                    CHATTED, **self.fresh(), viewer_id=who.user_id, viewer_name=who.display_name, session_id=session
                )
            )

    async def define(self, id: str, trigger: Trigger, threshold: int | None, scope: Scope = "cumulative") -> Definition:
        return expect_ok(
            await self.object.save(Definition(id, id.title(), f"For {id}", "1f381", trigger, threshold, scope))
        )

    async def card(self, name: str = "marlow") -> ViewerCard:
        return expect_ok(await self.object.get_viewer(name))

    async def progress(self, id: str, name: str = "marlow") -> tuple[int, bool]:
        row = next(row for row in (await self.card(name)).achievements if row.definition.id == id)
        return row.progress, row.unlocked_at is not None

    async def has(self, name: str = "marlow") -> set[str]:
        """What a viewer has unlocked now."""
        return {row.definition.id for row in (await self.card(name)).achievements if row.unlocked_at is not None}

    async def feed(self, name: str | None = None, limit: int = 100) -> Sequence[Unlock]:
        return expect_ok(await self.object.get_unlocked(name, limit=limit))

    async def lines(self) -> dict[str, str | None]:
        """Achievement to the fate of its newest line."""
        return {unlock.definition.id: unlock.announcement for unlock in reversed(await self.feed())}


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def refusal(result: Result[object, object]) -> object:
    assert isinstance(result, Err)
    return result.error
