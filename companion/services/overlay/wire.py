"""Every message between the server and an overlay page.

`resources/overlay/PROTOCOL.md` says the same in words; a change here is a change there. What the messages carry stands
in `wire_topics` and `wire_events`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, TypeAdapter

from companion.services.overlay.wire_base import Wire, WireInstant

PROTOCOL_VERSION: Final = 1


# ---- server to page --------------------------------------------------------------------------------------------------


class Welcome(Wire):
    """First message of every connection. `seq` is the number up to which the page will be after catching up."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL_VERSION
    epoch: str
    seq: int
    resumed: bool
    server_time: WireInstant
    assets: str


class Snapshot(Wire):
    """Second message unless the connection was resumed: the last value of every topic."""

    type: Literal["snapshot"] = "snapshot"
    seq: int
    states: Mapping[str, SerializeAsAny[BaseModel]]


class StateMessage(Wire):
    """A topic's new value."""

    type: Literal["state"] = "state"
    seq: int
    at: WireInstant
    topic: str
    data: SerializeAsAny[BaseModel]


class EventMessage(Wire):
    """Something happened, once."""

    type: Literal["event"] = "event"
    seq: int
    at: WireInstant
    name: str
    data: SerializeAsAny[BaseModel]


class Tick(Wire):
    """The server is there. Not numbered."""

    type: Literal["tick"] = "tick"
    server_time: WireInstant


# ---- page to server --------------------------------------------------------------------------------------------------


class Hello(Wire):
    """Which page this is, and the OBS browser plug-in's version when it runs in OBS."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type: Literal["hello"]
    page: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    obs_version: str | None = Field(default=None, max_length=40)


class ObsStatus(Wire):
    """What OBS tells its page. None: OBS did not say."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type: Literal["obs"]
    streaming: bool | None = None
    visible: bool | None = None
    active: bool | None = None


FromPage: TypeAlias = Annotated[Hello | ObsStatus, Field(discriminator="type")]
FROM_PAGE: Final[TypeAdapter[Hello | ObsStatus]] = TypeAdapter(FromPage)
