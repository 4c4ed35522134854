"""The events inside EventSub notifications, and the values of the application that they become.

Source of the shapes: dev.twitch.tv/docs/eventsub/eventsub-reference. Only the fields in use are looked at: a chat
of a hundred messages a second is read on the loop's own thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel

from companion.kernel.instant import Instant
from companion.ports.twitch import (
    ChatMessage,
    Cheered,
    Followed,
    Notification,
    Raided,
    RedemptionAdded,
    RedemptionUpdated,
    Resubscribed,
    StreamOffline,
    StreamOnline,
    Subscribed,
    SubsGifted,
)
from companion.ports.viewers import Role, Viewer
from companion.services.twitch.wire_helix import WireInstant
from companion.services.twitch.wire_people import WireCount, WireId, role_of, viewer
from companion.services.twitch.wire_rewards import WireRedemption

Event: TypeAlias = Mapping[str, object]
Reader: TypeAlias = Callable[[str, Instant, Event], Notification]

_TIERS: Final = {"1000": 1, "2000": 2, "3000": 3}


class _StreamOnline(BaseModel):
    id: WireId
    started_at: WireInstant


class _StreamOffline(BaseModel):
    broadcaster_user_id: WireId


class _User(BaseModel):
    user_id: WireId
    user_login: str | None = None
    user_name: str | None = None

    def viewer(self) -> Viewer:
        return viewer(self.user_id, self.user_login, self.user_name)


class _Giver(BaseModel):
    """Somebody who may have chosen not to be named."""

    is_anonymous: bool = False
    user_id: str | None = None
    user_login: str | None = None
    user_name: str | None = None

    def viewer(self) -> Viewer | None:
        if self.is_anonymous or not self.user_id:
            return None
        return viewer(self.user_id, self.user_login, self.user_name)


class _Tier(BaseModel):
    tier: Literal["1000", "2000", "3000"]

    @property
    def level(self) -> int:
        return _TIERS[self.tier]


class _Subscribe(_User, _Tier):
    is_gift: bool = False


class _Resubscribe(_User, _Tier):
    cumulative_months: WireCount


class _Gift(_Giver, _Tier):
    total: WireCount


class _Cheer(_Giver):
    bits: WireCount


class _Raid(BaseModel):
    from_broadcaster_user_id: WireId
    from_broadcaster_user_login: str | None = None
    from_broadcaster_user_name: str | None = None
    viewers: WireCount


class _Badge(BaseModel):
    set_id: str


class _ChatText(BaseModel):
    text: str


class _Reply(BaseModel):
    parent_message_id: str | None = None


class _Chat(BaseModel):
    broadcaster_user_id: WireId
    chatter_user_id: WireId
    chatter_user_login: str | None = None
    chatter_user_name: str | None = None
    message_id: WireId
    message: _ChatText
    message_type: str = "text"
    color: str | None = None
    badges: list[_Badge] | None = None
    reply: _Reply | None = None
    channel_points_custom_reward_id: str | None = None
    source_broadcaster_user_id: str | None = None

    def role(self) -> Role:
        """By the badges; the channel's owner also without one."""
        if self.chatter_user_id == self.broadcaster_user_id:
            return "broadcaster"
        return role_of(badge.set_id for badge in self.badges or ())


def _stream_online(message_id: str, sent_at: Instant, event: Event) -> StreamOnline:
    told = _StreamOnline.model_validate(event)
    return StreamOnline(message_id, sent_at, told.id, told.started_at)


def _stream_offline(message_id: str, sent_at: Instant, event: Event) -> StreamOffline:
    _StreamOffline.model_validate(event)
    return StreamOffline(message_id, sent_at)


def _redemption_added(message_id: str, sent_at: Instant, event: Event) -> RedemptionAdded:
    return RedemptionAdded(message_id, sent_at, WireRedemption.model_validate(event).redemption())


def _redemption_updated(message_id: str, sent_at: Instant, event: Event) -> RedemptionUpdated:
    return RedemptionUpdated(message_id, sent_at, WireRedemption.model_validate(event).redemption())


def _chat_message(message_id: str, sent_at: Instant, event: Event) -> ChatMessage:
    told = _Chat.model_validate(event)
    source = told.source_broadcaster_user_id
    return ChatMessage(
        message_id=message_id,
        sent_at=sent_at,
        chat_id=told.message_id,
        viewer=viewer(told.chatter_user_id, told.chatter_user_login, told.chatter_user_name),
        text=told.message.text,
        role=told.role(),
        color=told.color or "",
        reply_to=told.reply.parent_message_id or None if told.reply is not None else None,
        from_other_channel=bool(source) and source != told.broadcaster_user_id,
        reward_id=told.channel_points_custom_reward_id or None,
        is_first=told.message_type == "user_intro",
    )


def _followed(message_id: str, sent_at: Instant, event: Event) -> Followed:
    return Followed(message_id, sent_at, _User.model_validate(event).viewer())


def _subscribed(message_id: str, sent_at: Instant, event: Event) -> Subscribed:
    told = _Subscribe.model_validate(event)
    return Subscribed(message_id, sent_at, told.viewer(), told.level, told.is_gift)


def _resubscribed(message_id: str, sent_at: Instant, event: Event) -> Resubscribed:
    told = _Resubscribe.model_validate(event)
    return Resubscribed(message_id, sent_at, told.viewer(), told.level, told.cumulative_months)


def _subs_gifted(message_id: str, sent_at: Instant, event: Event) -> SubsGifted:
    told = _Gift.model_validate(event)
    return SubsGifted(message_id, sent_at, told.viewer(), told.level, told.total)


def _cheered(message_id: str, sent_at: Instant, event: Event) -> Cheered:
    told = _Cheer.model_validate(event)
    return Cheered(message_id, sent_at, told.viewer(), told.bits)


def _raided(message_id: str, sent_at: Instant, event: Event) -> Raided:
    told = _Raid.model_validate(event)
    raider = viewer(told.from_broadcaster_user_id, told.from_broadcaster_user_login, told.from_broadcaster_user_name)
    return Raided(message_id, sent_at, raider, told.viewers)


_READERS: Final[Mapping[str, Reader]] = {
    "stream.online": _stream_online,
    "stream.offline": _stream_offline,
    "channel.channel_points_custom_reward_redemption.add": _redemption_added,
    "channel.channel_points_custom_reward_redemption.update": _redemption_updated,
    "channel.chat.message": _chat_message,
    "channel.follow": _followed,
    "channel.subscribe": _subscribed,
    "channel.subscription.message": _resubscribed,
    "channel.subscription.gift": _subs_gifted,
    "channel.cheer": _cheered,
    "channel.raid": _raided,
}


def read_event(subscription_type: str, message_id: str, sent_at: Instant, event: Event) -> Notification | None:
    """The event's value; None for a type that nobody here reads. Raises pydantic's `ValidationError`."""
    reader = _READERS.get(subscription_type)
    return None if reader is None else reader(message_id, sent_at, event)
