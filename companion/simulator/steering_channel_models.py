"""What the steering calls for channel points, chat and alerts take."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from companion.simulator.crowd import Role, Viewer
from companion.simulator.reward_json import RewardBody
from companion.simulator.steering_models import Order

_ANN = Viewer(login="fennelbrook", name="FennelBrook")


class MakeReward(Order):
    """A reward made in the dashboard (no `client_id`), or already there from a client id."""

    title: str
    cost: int = Field(default=100, ge=1)
    client_id: str = ""
    prompt: str = ""
    is_user_input_required: bool = False
    should_redemptions_skip_request_queue: bool = False
    is_paused: bool = False
    is_enabled: bool = True


class ChangeReward(Order):
    """The streamer changes a reward in the dashboard, or deletes it."""

    id: str
    change: RewardBody = Field(default_factory=RewardBody)
    delete: bool = False


class Redeem(Order):
    """A viewer redeems. `reward`: id or title."""

    reward: str
    viewer: Viewer = _ANN
    text: str = ""
    silent: bool = False
    """No notification: as if it was made while nobody listened."""


class Burst(Order):
    """Many redemptions at once. `duplicates` are told again under the same message id, `repeats` under another."""

    reward: list[str] = Field(min_length=1)
    """Ids or titles, taken in turn."""
    count: int = Field(ge=1, le=200_000)
    duplicates: int = Field(default=0, ge=0)
    repeats: int = Field(default=0, ge=0)
    viewers: int = Field(default=50, ge=1, le=100_000)
    texts: list[str] = Field(default_factory=lambda: ["Copper Tides"], min_length=1)
    silent: bool = False
    wait: bool = True
    """Answer when all is sent; else at once, the sending goes on."""


class SettleRedemption(Order):
    """The streamer fulfils or refunds in the dashboard."""

    id: str
    status: Literal["FULFILLED", "CANCELED"]


class ChannelOrder(Order):
    """What kind of channel it is."""

    broadcaster_type: Literal["", "affiliate", "partner"]


class SetRoles(Order):
    """What somebody is in the channel."""

    viewer: Viewer
    roles: list[Role]


class Ban(Order):
    """Ban (`seconds` None), time out, or with 0 let speak again."""

    viewer: Viewer
    seconds: float | None = Field(default=None, ge=0)


class Chat(Order):
    """A viewer writes. `source` is the login of the other channel for a line of a shared chat."""

    viewer: Viewer = _ANN
    text: str = Field(min_length=1, max_length=500)
    reply_to: str | None = None
    source: str | None = None
    message_id: str | None = None
    bits: int | None = Field(default=None, ge=1)
    fields: dict[str, object] = Field(default_factory=dict)
    """Overrides fields of the event."""


class ChatFlood(Order):
    """Many lines, `per_second` of them; 0 as fast as the socket takes them."""

    count: int = Field(ge=1, le=100_000)
    per_second: float = Field(default=0, ge=0)
    texts: list[str] = Field(default_factory=lambda: ["hello there"], min_length=1)
    viewers: int = Field(default=50, ge=1)
    wait: bool = True


class Raid(Order):
    """Another channel raids in."""

    viewer: Viewer = Viewer(login="mossybellows")
    viewers: int = Field(default=42, ge=0)


class Follow(Order):
    """Somebody follows."""

    viewer: Viewer = _ANN


class Subscribe(Order):
    """A first subscription, not a gift."""

    viewer: Viewer = _ANN
    tier: Literal["1000", "2000", "3000"] = "1000"


class Gift(Order):
    """A gift bomb: one gift and as many new subscriptions, in an order of chance. No `viewer`: anonymous."""

    viewer: Viewer | None = _ANN
    total: int = Field(default=5, ge=1, le=1000)
    tier: Literal["1000", "2000", "3000"] = "1000"
    cumulative_total: int | None = None


class Resubscribe(Order):
    """A renewed subscription that was shared in chat."""

    viewer: Viewer = _ANN
    tier: Literal["1000", "2000", "3000"] = "1000"
    text: str = "Still here"
    months: int = Field(default=15, ge=1)
    streak: int | None = None


class Cheer(Order):
    """Bits, with the chat line they come in. No `viewer`: anonymous, and no chat line of a person."""

    viewer: Viewer | None = _ANN
    bits: int = Field(default=100, ge=1)
    text: str = "lovely"
