"""What all forms on the wire to overlay pages share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

from companion.kernel.instant import format_instant

WireInstant: TypeAlias = Annotated[AwareDatetime, PlainSerializer(format_instant, return_type=str)]


class Wire(BaseModel):
    """A frozen form with no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
