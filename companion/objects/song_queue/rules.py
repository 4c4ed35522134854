"""The rules for requests: pure decisions, each refusal with its sentence for the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, get_args

from companion.kernel.instant import Instant
from companion.ports.song_queue import BadSettings
from companion.ports.song_rules import (
    MOST_QUEUED,
    RULE_ROLES,
    RULE_SOURCES,
    Block,
    HandOver,
    QueueSettings,
    RequestSource,
    RuleName,
    RuleRefusal,
    SourceRules,
)
from companion.ports.song_steps import NewRequest
from companion.ports.spotify import Track
from companion.ports.viewers import Role

NOT_THEIRS: Final[frozenset[RuleName]] = frozenset({"not_live", "source_off", "queue_full"})
"""Rules that a viewer breaks without any doing of their own."""
_LONGEST: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at beside the request itself."""

    live: bool
    waiting: int
    """Requests in the queue that were not heard yet."""
    of_viewer: int
    """Those among them of the same viewer."""
    last_request_at: Instant | None
    """The viewer's newest one that was let in and not given back."""
    is_queued: bool
    """The same track stands in the queue or plays as a request."""
    played_at: Instant | None
    """When the same track was last played as a request, as far back as the request's duplicate window."""


def refusal(text: str, rule: RuleName) -> RuleRefusal:
    """A rule says no, in these words."""
    return RuleRefusal(rule, rule not in NOT_THEIRS, text)


def check(new: NewRequest, facts: Facts, settings: QueueSettings, blocks: Sequence[Block]) -> RuleRefusal | None:
    """The first rule that says no. The broadcaster has no limits; a block list is no limit but a decision."""
    if (blocked := _blocked(new, blocks)) is not None:
        return blocked
    if new.role == "broadcaster":
        return None
    rules = settings.rules_for(new.source, new.role)
    return (
        _about_source(rules, live=facts.live)
        or _about_track(new.track, rules)
        or _about_repetition(new, facts, rules)
        or _about_viewer(new, facts, rules)
        or _about_queue(rules, facts.waiting)
    )


def lets_anybody_in(settings: QueueSettings, source: RequestSource, *, live: bool, waiting: int) -> bool:
    """Whether some role's request by this way could be let in just now, whatever song and viewer it is."""
    every = (settings.rules_for(source, role) for role in RULE_ROLES)
    return any(_about_source(rules, live=live) is None and _about_queue(rules, waiting) is None for rules in every)


def is_for_live_only(settings: QueueSettings, source: RequestSource, role: Role) -> bool:
    """Whether such a request is handed over on air only. The broadcaster's own go by what moderators may."""
    return settings.rules_for(source, "moderator" if role == "broadcaster" else role).live_only


def opens_off_air(settings: QueueSettings) -> bool:
    """Whether anybody's request is handed over off air."""
    return not all(is_for_live_only(settings, source, role) for source in RULE_SOURCES for role in RULE_ROLES)


def _about_source(rules: SourceRules, *, live: bool) -> RuleRefusal | None:
    if not rules.enabled:
        return refusal("Song requests are switched off here just now.", "source_off")
    if rules.live_only and not live:
        return refusal("Song requests open when the stream is live.", "not_live")
    return None


def _blocked(new: NewRequest, blocks: Sequence[Block]) -> RuleRefusal | None:
    keys = {(block.kind, block.key) for block in blocks}
    if ("viewer", new.viewer.user_id) in keys:
        return refusal("Your song requests are switched off in this channel.", "viewer_blocked")
    if ("track", new.track.id) in keys:
        return refusal(f"“{new.track.title}” is not played in this channel.", "track_blocked")
    for artist in new.track.artists:
        if ("artist", artist.casefold()) in keys:
            return refusal(f"Songs by {artist} are not played in this channel.", "artist_blocked")
    return None


def _about_track(track: Track, rules: SourceRules) -> RuleRefusal | None:
    if track.explicit and not rules.explicit_allowed:
        return refusal("Songs marked as explicit are not played here.", "explicit")
    if rules.longest is not None and timedelta(milliseconds=track.duration_ms) > rules.longest:
        return refusal(f"Songs may be up to {span(rules.longest)} long here.", "too_long")
    return None


def _about_repetition(new: NewRequest, facts: Facts, rules: SourceRules) -> RuleRefusal | None:
    window = rules.duplicate_window
    if not window:
        return None
    if facts.is_queued:
        return refusal(f"“{new.track.title}” is in the queue already.", "duplicate")
    if facts.played_at is not None and new.requested_at - facts.played_at < window:
        return refusal(f"“{new.track.title}” was played in the last {span(window)}.", "duplicate")
    return None


def _about_viewer(new: NewRequest, facts: Facts, rules: SourceRules) -> RuleRefusal | None:
    if rules.most_at_once is not None and facts.of_viewer >= rules.most_at_once:
        songs = "1 song" if rules.most_at_once == 1 else f"{rules.most_at_once} songs"
        return refusal(f"You have {songs} in the queue, that is as many as fit at once.", "too_many")
    if rules.cooldown is not None and facts.last_request_at is not None:
        left = rules.cooldown - (new.requested_at - facts.last_request_at)
        if left > timedelta(0):
            return refusal(f"Your next song can be asked for in {span(left)}.", "cooldown")
    return None


def _about_queue(rules: SourceRules, waiting: int) -> RuleRefusal | None:
    return refusal("The queue is full just now.", "queue_full") if waiting >= rules.queue_cap else None


def span(length: timedelta) -> str:
    """A length of time in words: seconds under two minutes, else minutes, rounded up."""
    total = -int(-length.total_seconds() // 1)
    if total < 120:
        return "1 second" if total == 1 else f"{total} seconds"
    minutes = -(-total // 60)
    return f"{minutes} minutes"


def problem_of(settings: QueueSettings) -> BadSettings | None:
    """Which value cannot be, or None."""
    if settings.hand_over not in get_args(HandOver):
        return BadSettings("hand_over must be early, late or at_once")
    if not timedelta(minutes=1) <= settings.refund_after <= _LONGEST:
        return BadSettings("refund_after must lie between 1 minute and 24 hours")
    for source, roles in settings.rules.items():
        if source not in RULE_SOURCES:
            return BadSettings(f"there is no source {source}")
        for role, rules in roles.items():
            if role not in RULE_ROLES:
                return BadSettings(f"there are no rules for the role {role}")
            if (detail := _problem_of_rules(rules)) is not None:
                return BadSettings(f"{source}, {role}: {detail}")
    return None


def _problem_of_rules(rules: SourceRules) -> str | None:
    if rules.most_at_once is not None and not 1 <= rules.most_at_once <= 100:
        return "most_at_once must lie between 1 and 100"
    if rules.cooldown is not None and not timedelta(0) <= rules.cooldown <= _LONGEST:
        return "cooldown must lie between 0 and 24 hours"
    if rules.longest is not None and not timedelta(seconds=30) <= rules.longest <= _LONGEST:
        return "longest must lie between 30 seconds and 24 hours"
    if not timedelta(0) <= rules.duplicate_window <= _LONGEST:
        return "duplicate_window must lie between 0 and 24 hours"
    if not 1 <= rules.queue_cap <= MOST_QUEUED:
        return f"queue_cap must lie between 1 and {MOST_QUEUED}"
    return None
