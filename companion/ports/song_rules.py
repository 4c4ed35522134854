"""What may be asked for in the song queue: its settings, the rules for each source and role, the block lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Literal, TypeAlias, get_args

from companion.ports.viewers import Role

RequestSource: TypeAlias = Literal["reward", "command"]
MOST_QUEUED: Final = 500
"""So high may the queue's cap be set."""
HandOver: TypeAlias = Literal["early", "late", "at_once"]


@dataclass(frozen=True, slots=True)
class SourceRules:
    """Limits for one source and one role; None means no limit."""

    enabled: bool = True
    most_at_once: int | None = 3
    cooldown: timedelta | None = None
    longest: timedelta | None = timedelta(minutes=10)
    explicit_allowed: bool = True
    duplicate_window: timedelta = timedelta(minutes=30)
    """A song that stands in the queue or was played so recently is refused, whoever asked for it; 0 lets it in."""
    queue_cap: int = 50
    """So long may the whole queue be, whatever its requests came from: a lower cap leaves the last places to others."""
    live_only: bool = True
    """Off air it is refused, and what was let in before is not handed over."""


RULE_ROLES: tuple[Role, ...] = ("everyone", "subscriber", "vip", "moderator")
RULE_SOURCES: Final[tuple[RequestSource, ...]] = get_args(RequestSource)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Everything that can be set about the queue."""

    hand_over: HandOver = "early"
    rules: Mapping[RequestSource, Mapping[Role, SourceRules]] = field(default_factory=dict)
    """A source or role that is not named has `SourceRules()`; the broadcaster has no limits.

    Of a viewer's roles the highest one counts, and its rules alone.
    """
    links_only: bool = False
    needs_approval: bool = False
    refund_after: timedelta = timedelta(minutes=20)
    """How long requests wait for Spotify to come back (a device, a login), of the time in which it is asked."""
    keep_points_of_unheard: bool = False
    """Fulfil instead of refund what vanished or was not heard when the session ended."""
    refund_skipped: bool = False

    def rules_for(self, source: RequestSource, role: Role) -> SourceRules:
        """What is set for this source and role, else the defaults."""
        return self.rules.get(source, {}).get(role) or SourceRules()

    def complete(self) -> QueueSettings:
        """The same with every source and role named."""
        named = {source: {role: self.rules_for(source, role) for role in RULE_ROLES} for source in RULE_SOURCES}
        return replace(self, rules=named)


BlockKind: TypeAlias = Literal["track", "artist", "viewer"]


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of the block lists. `key`: track id, artist name in lower case, or user id; `label` is for people."""

    kind: BlockKind
    key: str
    label: str


RuleName: TypeAlias = Literal[
    "not_live", "source_off", "viewer_blocked", "track_blocked", "artist_blocked", "too_many", "cooldown", "too_long",
    "explicit", "duplicate", "queue_full", "links_only", "not_a_track", "no_input", "nothing_found", "bad_link",
]  # fmt: skip
"""The rule that a request broke: all of these are the viewer's own doing but `not_live`, `source_off`, `queue_full`."""


@dataclass(frozen=True, slots=True)
class RuleRefusal:
    """A rule says no. `text` is the sentence for the viewer, without the name in front."""

    rule: RuleName
    by_viewer: bool
    text: str
