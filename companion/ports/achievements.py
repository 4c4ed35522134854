"""Achievements: definitions as data, progress, unlocks, announcements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from companion.kernel.instant import Instant
from companion.kernel.result import Result
from companion.ports.failures import StorageFailed
from companion.ports.viewers import Viewer

Trigger: TypeAlias = Literal[
    "song_request", "stream_first_request", "request_streak", "raffle_roll", "raffle_win", "raffle_close",
    "raffle_closest_record", "follow", "sub", "resub_months", "gift_count", "cheer_total", "raid", "chat_message",
    "streams_attended", "watch_streak",
]  # fmt: skip
Scope: TypeAlias = Literal["cumulative", "session"]
AnnouncementState: TypeAlias = Literal["pending", "sending", "sent", "abandoned", "uncertain"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One achievement. `threshold` None: unlocked at the first trigger. `icon` is an emoji's code points in hex."""

    id: str
    name: str
    description: str
    icon: str
    trigger: Trigger
    threshold: int | None
    scope: Scope
    enabled: bool = True
    builtin: bool = False
    """One of the thirteen that every installation starts with."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One definition on a viewer's card."""

    definition: Definition
    progress: int
    unlocked_at: Instant | None


@dataclass(frozen=True, slots=True)
class ViewerCard:
    """All definitions in the streamer's order with a viewer's progress."""

    viewer: Viewer
    unlocked: int
    streak: int
    longest_streak: int
    achievements: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class Unlock:
    """One unlock; `announcement` says what became of its chat line."""

    viewer: Viewer
    definition: Definition
    at: Instant
    session_id: str | None
    announcement: AnnouncementState | None


@dataclass(frozen=True, slots=True)
class AchievementRank:
    """One row of the leaderboard."""

    viewer: Viewer
    unlocked: int


@dataclass(frozen=True, slots=True)
class RetroactivePreview:
    """Who would unlock `definition` if it were applied to the stored history; `total` counts them all."""

    definition: Definition
    viewers: tuple[Viewer, ...]
    total: int


@dataclass(frozen=True, slots=True)
class NoSuchDefinition:
    """There is no achievement with this id."""

    id: str


@dataclass(frozen=True, slots=True)
class BadDefinition:
    """`detail` says which field cannot be (an id taken, a threshold that makes no sense, an unknown trigger, ...)."""

    detail: str


@dataclass(frozen=True, slots=True)
class NoSuchViewer:
    """Nobody with this name or id was seen so far."""

    name: str


class AchievementsPort(Protocol):
    """The achievements, as window, chat and scripts see them. Limits are 1..100, 10 when not given."""

    def definitions(self) -> Sequence[Definition]:
        """In the streamer's order, switched-off ones included."""
        ...

    async def get_viewer(self, name: str) -> Result[ViewerCard, NoSuchViewer | StorageFailed]:
        """A viewer's card; `name` as typed (case and a leading `@` do not matter), or a user id."""
        ...

    async def get_unlocked(
        self, name: str | None = None, *, limit: int = 10
    ) -> Result[Sequence[Unlock], NoSuchViewer | StorageFailed]:
        """Unlocks newest first, of one viewer or of all (the feed)."""
        ...

    async def get_leaderboard(self, *, limit: int = 10) -> Result[Sequence[AchievementRank], StorageFailed]:
        """By unlocks descending, ties by name."""
        ...

    async def save(self, definition: Definition) -> Result[Definition, BadDefinition | StorageFailed]:
        """Add (a new id) or change one; unlocks are never taken away by that."""
        ...

    async def delete(self, definition_id: str) -> Result[None, NoSuchDefinition | StorageFailed]:
        """Remove one of the streamer's own; a builtin one is switched off instead, for good."""
        ...

    async def move(self, definition_id: str, position: int) -> Result[None, NoSuchDefinition | StorageFailed]:
        """Put one in another place of the streamer's order, 1 is the first; beyond the last is last."""
        ...

    async def preview(self, definition: Definition) -> Result[RetroactivePreview, BadDefinition | StorageFailed]:
        """Apply to the stored history without writing anything."""
        ...

    async def apply(self, definition_id: str) -> Result[int, NoSuchDefinition | StorageFailed]:
        """Apply to the stored history: the number of new unlocks. They are not announced in chat."""
        ...
