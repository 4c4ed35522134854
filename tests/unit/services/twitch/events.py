"""EventSub events as Twitch's documentation shows them, with people of our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

OURS = {"broadcaster_user_id": "1", "broadcaster_user_login": "me", "broadcaster_user_name": "Me"}
ANN = {"user_id": "2", "user_login": "ann", "user_name": "Ann"}
NOBODY = {"user_id": None, "user_login": None, "user_name": None}

ADDED = "channel.channel_points_custom_reward_redemption.add"
UPDATED = "channel.channel_points_custom_reward_redemption.update"


def redemption(id: str = "redemption-1", *, status: str = "unfulfilled", user_input: str = "a song") -> dict[str, Any]:
    return {
        "id": id,
        **OURS,
        **ANN,
        "user_input": user_input,
        "status": status,
        "reward": {"id": "reward-1", "title": "Song request", "cost": 500, "prompt": "Which one?"},
        "redeemed_at": "2026-01-01T10:00:00.5Z",
    }


_FRAGMENTS: list[dict[str, Any]] = [
    {"type": "text", "text": "Hi ", "cheermote": None, "emote": None, "mention": None},
    {
        "type": "emote",
        "text": "Kappa",
        "cheermote": None,
        "emote": {"id": "25", "emote_set_id": "0", "owner_id": "0", "format": ["static"]},
        "mention": None,
    },
]
_NOT_SHARED = {
    "source_broadcaster_user_id": None,
    "source_broadcaster_user_login": None,
    "source_broadcaster_user_name": None,
    "source_message_id": None,
    "source_badges": None,
}


def _reply(to: str) -> dict[str, Any]:
    return {
        "parent_message_id": to,
        "parent_message_body": "earlier",
        "parent_user_id": "3",
        "parent_user_login": "bob",
        "parent_user_name": "Bob",
        "thread_message_id": to,
        "thread_user_id": "3",
        "thread_user_login": "bob",
        "thread_user_name": "Bob",
    }


def chat(
    text: str = "Hi Kappa",
    *,
    id: str = "chat-1",
    badges: Iterable[str] = (),
    reply_to: str | None = None,
    **more: object,
) -> dict[str, Any]:
    return {
        **OURS,
        "chatter_user_id": "2",
        "chatter_user_login": "ann",
        "chatter_user_name": "Ann",
        "message_id": id,
        "message": {"text": text, "fragments": _FRAGMENTS},
        "color": "#00FF7F",
        "badges": [{"set_id": badge, "id": "12", "info": "16"} for badge in badges],
        "message_type": "text",
        "cheer": None,
        "reply": _reply(reply_to) if reply_to else None,
        "channel_points_custom_reward_id": None,
        **_NOT_SHARED,
        **more,
    }


def follow() -> dict[str, Any]:
    return {**ANN, **OURS, "followed_at": "2026-01-01T10:00:00.1Z"}


def subscribe(*, tier: str = "1000", is_gift: bool = False) -> dict[str, Any]:
    return {**ANN, **OURS, "tier": tier, "is_gift": is_gift}


def resubscribe(*, months: int = 15) -> dict[str, Any]:
    return {
        **ANN,
        **OURS,
        "tier": "2000",
        "message": {"text": "Love it Kappa", "emotes": [{"begin": 8, "end": 12, "id": "25"}]},
        "cumulative_months": months,
        "streak_months": None,
        "duration_months": 6,
    }


def gift(*, anonymous: bool = False, total: int = 5) -> dict[str, Any]:
    giver = NOBODY if anonymous else ANN
    return {**giver, **OURS, "total": total, "tier": "3000", "cumulative_total": None, "is_anonymous": anonymous}


def cheer(*, anonymous: bool = False, bits: int = 100) -> dict[str, Any]:
    giver = NOBODY if anonymous else ANN
    return {"is_anonymous": anonymous, **giver, **OURS, "message": "cheer100 hi", "bits": bits}


def raid(*, viewers: int = 42) -> dict[str, Any]:
    return {
        "from_broadcaster_user_id": "3",
        "from_broadcaster_user_login": "bob",
        "from_broadcaster_user_name": "Bob",
        "to_broadcaster_user_id": "1",
        "to_broadcaster_user_login": "me",
        "to_broadcaster_user_name": "Me",
        "viewers": viewers,
    }


ALL = {
    ADDED: redemption(),
    UPDATED: redemption(status="fulfilled"),
    "channel.chat.message": chat(reply_to="chat-0", badges=["vip"]),
    "channel.follow": follow(),
    "channel.subscribe": subscribe(),
    "channel.subscription.message": resubscribe(),
    "channel.subscription.gift": gift(),
    "channel.cheer": cheer(),
    "channel.raid": raid(),
}
