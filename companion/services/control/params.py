"""The parameters of the control methods, checked before anything is called."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictInt

from companion.ports.stream import StreamStarted
from companion.ports.tokens import Provider

Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]
"""Far enough from the calendar's ends for every sum."""
Counted = Annotated[StrictInt, Field(lt=2**63)]
"""What SQLite can count; the lifecycle itself refuses too little."""
Limit = Annotated[StrictInt, Field(ge=1, le=100)]
Offset = Annotated[StrictInt, Field(ge=0, lt=2**31)]
Reference = Annotated[str, Field(min_length=1, max_length=200)]
"""An id or a name."""


class Params(BaseModel):
    """Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Started(Params):
    """A stream as Twitch would report it."""

    stream_id: str = Field(min_length=1, max_length=64)
    started_at: Moment
    seen_at: Moment | None = None

    def value(self) -> StreamStarted:
        """As the lifecycle takes it."""
        return StreamStarted(self.stream_id, self.started_at, self.seen_at or self.started_at)


class OnStreamOnline(Params):
    """Without `stream`, Twitch is asked."""

    stream: Started | None = None


class OnStreamOffline(Params):
    """Without `at`, Twitch is asked."""

    at: Moment | None = None


class GetViewerHistory(Params):
    """Bounds are inclusive."""

    since: Moment | None = None
    until: Moment | None = None
    limit: Counted | None = None
    offset: Counted = 0


class GetViewerSeries(Params):
    """The time between two bounds in at most `buckets` stretches; a thousand become JSON in some milliseconds."""

    since: Moment
    until: Moment
    buckets: Annotated[StrictInt, Field(ge=1, le=1000)] = 240


class RecordViewerCount(Params):
    """`count` of at least 0; the lifecycle itself refuses less."""

    count: StrictInt


class SwitchFeature(Params):
    """A feature of `twitch_features.list`, on or off; the next sign-in asks Twitch accordingly."""

    name: Reference
    on: StrictBool


class Quit(Params):
    """With `keep_session` a session that is offline for now is not ended, and its requests go on waiting."""

    keep_session: StrictBool = False


class OfProvider(Params):
    """`twitch`, `spotify` or `twitch_bot`."""

    provider: Provider


class Longest(Params):
    """`limit` entries at most."""

    limit: Limit = 10


class SetSettings(Params):
    """The settings that change; the others stay, also within one that is made of several."""

    settings: dict[str, JsonValue]
