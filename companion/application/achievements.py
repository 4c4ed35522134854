"""What the streamer may do with the achievements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from companion.application.explain_actions import AchievementError, explain_achievement
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.achievements import (
    AchievementRank,
    AchievementsPort,
    Definition,
    RetroactivePreview,
    Unlock,
    ViewerCard,
)

T = TypeVar("T")


class AchievementActions:
    """Errors come as messages. `changed` is called after what changes the picture."""

    def __init__(self, *, achievements: AchievementsPort, changed: Callable[[], None]) -> None:
        self._achievements = achievements
        self._changed = changed

    async def save(self, definition: Definition) -> Result[Definition, Message]:
        """Add one or change one; nobody loses an unlock by that."""
        return self._told(await self._achievements.save(definition))

    async def delete(self, definition_id: str) -> Result[None, Message]:
        """Remove one of the streamer's own, or switch a builtin one off for good."""
        return self._told(await self._achievements.delete(definition_id))

    async def move(self, definition_id: str, position: int) -> Result[None, Message]:
        """Put one in another place of the list and of every viewer's card, 1 is the first."""
        return self._told(await self._achievements.move(definition_id, position))

    async def preview(self, definition: Definition) -> Result[RetroactivePreview, Message]:
        """Who would unlock it by what they did so far."""
        return _read(await self._achievements.preview(definition))

    async def apply(self, definition_id: str) -> Result[int, Message]:
        """Give it to them; the answer is how many unlocks are new."""
        return self._told(await self._achievements.apply(definition_id))

    async def viewer(self, name: str) -> Result[ViewerCard, Message]:
        """A viewer's card, by name as typed."""
        return _read(await self._achievements.get_viewer(name.strip()))

    async def recent(self, *, limit: int) -> Result[Sequence[Unlock], Message]:
        """Unlocks of everybody, newest first."""
        return _read(await self._achievements.get_unlocked(limit=limit))

    async def leaderboard(self, *, limit: int) -> Result[Sequence[AchievementRank], Message]:
        """The viewers with the most unlocks."""
        return _read(await self._achievements.get_leaderboard(limit=limit))

    def _told(self, result: Result[T, AchievementError]) -> Result[T, Message]:
        self._changed()
        return _read(result)


def _read(result: Result[T, AchievementError]) -> Result[T, Message]:
    return result if isinstance(result, Ok) else Err(explain_achievement(result.error))
