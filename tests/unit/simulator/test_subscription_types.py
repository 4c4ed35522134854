from __future__ import annotations

import pytest

from companion.simulator.subscription_types import TYPES
from tests.unit.simulator.helpers import STREAMER, Asker

B = {"broadcaster_user_id": STREAMER}
MODERATOR = {**B, "moderator_user_id": STREAMER}
READER = {**B, "user_id": STREAMER}
REDEMPTION = "channel.channel_points_custom_reward_redemption"
KNOWN = [
    ("channel.raid", "1", {"to_broadcaster_user_id": STREAMER}, None),
    ("channel.raid", "1", {"from_broadcaster_user_id": STREAMER}, None),
    ("channel.follow", "2", MODERATOR, "moderator:read:followers"),
    (f"{REDEMPTION}.add", "1", B, "channel:read:redemptions"),
    (f"{REDEMPTION}.update", "1", {**B, "reward_id": "r"}, "channel:manage:redemptions"),
    ("channel.chat.message", "1", READER, "user:read:chat"),
    ("channel.subscribe", "1", B, "channel:read:subscriptions"),
    ("channel.subscription.gift", "1", B, "channel:read:subscriptions"),
    ("channel.subscription.message", "1", B, "channel:read:subscriptions"),
    ("channel.cheer", "1", B, "bits:read"),
    ("channel.bits.use", "1", B, "bits:read"),
    ("channel.shoutout.create", "1", MODERATOR, "moderator:manage:shoutouts"),
]


async def create(asker: Asker, scopes: list[str], kind: str, version: str, condition: dict[str, str]) -> int:
    socket, session_id = await asker.open()
    body = {
        "type": kind,
        "version": version,
        "condition": condition,
        "transport": {"method": "websocket", "session_id": session_id},
    }
    status, _ = await asker.helix("POST", "/eventsub/subscriptions", asker.sim.login_twitch(scopes=scopes), json=body)
    await socket.close()
    return status


@pytest.mark.parametrize(("kind", "version", "condition", "scope"), KNOWN)
async def test_type_with_its_version_condition_and_scope(
    asker: Asker, kind: str, version: str, condition: dict[str, str], scope: str | None
) -> None:
    scopes = [scope] if scope is not None else []
    assert await create(asker, scopes, kind, version, condition) == 202
    assert await create(asker, ["user:edit"], kind, version, condition) == (202 if scope is None else 403)
    assert await create(asker, scopes, kind, "9", condition) == 400
    assert await create(asker, scopes, kind, version, {}) == 400
    assert await create(asker, scopes, kind, version, {**condition, "planet_id": "3"}) == 400


async def test_first_version_of_follow_is_gone(asker: Asker) -> None:
    assert await create(asker, ["moderator:read:followers"], "channel.follow", "1", B) == 410


async def test_raid_has_one_side_only(asker: Asker) -> None:
    both = {"to_broadcaster_user_id": STREAMER, "from_broadcaster_user_id": "900300"}
    assert await create(asker, [], "channel.raid", "1", both) == 400


async def test_bot_reads_chat_for_itself_only(asker: Asker) -> None:
    assert await create(asker, ["user:read:chat"], "channel.chat.message", "1", {**B, "user_id": "900400"}) == 403
    assert set(TYPES) >= {kind for kind, *_ in KNOWN}
