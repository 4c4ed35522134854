"""The state of the stream's life, and what is decided about it, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from companion.kernel.instant import Instant


@dataclass(frozen=True, slots=True)
class LifecycleState:
    """One session at most is open: live, or offline for now (`session_open` and not `is_live`), or over."""

    is_live: bool = False
    session_open: bool = False
    """The session has begun and `stream_session_ended` was not told yet."""
    session_id: str | None = None
    stream_id: str | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    resume_until: Instant | None = None
    peak: int = 0
    viewer_count: int | None = None
    viewers_seen_at: Instant | None = None
    last_transition_at: Instant | None = None
    """Twitch's time of the latest accepted transition; each is later than the one before, whatever Twitch said."""
    online_seen_at: Instant | None = None
    """When Twitch last said `stream.online`: Helix lags behind it."""
    confirmed_at: Instant | None = None
    """The last poll in which Helix showed the running stream."""
    end_untold: bool = False
    """No `stream.offline` has told of the latest end.

    While offline: only Helix's silence ended the stream, and should Helix show it again, it goes on. While live: the
    stream before was closed because this one began, and the end that is told next may be that of the stream before.
    """
    empty_answers: int = 0
    first_empty_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class GoOnline:
    """A stream began; `resumed` when it continues the open session.

    `after` is set when Helix had closed this very stream, wrongly: the end that is taken back.
    """

    stream_id: str
    resumed: bool
    after: Instant | None = None


@dataclass(frozen=True, slots=True)
class GoOffline:
    """The running stream is over, for now."""

    stream_id: str
    at: Instant
    opened_at: Instant | None
    """The transition that opened it: a stream that Helix closed wrongly can end twice."""


@dataclass(frozen=True, slots=True)
class EndSession:
    """The open session is over for good."""

    session_id: str


Transition: TypeAlias = GoOnline | GoOffline | EndSession


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted transition: the state after it, and what happened."""

    state: LifecycleState
    transition: Transition


Todo: TypeAlias = Literal["tell_spotify", "tell_twitch", "tell_bot", "publish", "polling"]
TODOS: tuple[Todo, ...] = ("tell_spotify", "tell_twitch", "tell_bot", "publish", "polling")
