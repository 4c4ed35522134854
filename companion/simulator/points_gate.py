"""Who may touch channel points: scope, channel, affiliate or partner, and the client id that made the reward."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from companion.simulator.answers import helix_error
from companion.simulator.crowd import Crowd
from companion.simulator.reward_book import Reward, RewardBook
from companion.simulator.world_state import AccessGrant

MANAGE: Final = "channel:manage:redemptions"
READ: Final = "channel:read:redemptions"


class PointsGate:
    """The checks that every call on rewards begins with."""

    def __init__(self, *, book: RewardBook, crowd: Crowd) -> None:
        self._book = book
        self._crowd = crowd

    def channel_refused(self, request: web.Request, grant: AccessGrant, *, write: bool) -> web.Response | None:
        """Why this token may not do it in this channel."""
        broadcaster = request.query.get("broadcaster_id", "")
        if not broadcaster:
            return helix_error(400, 'Missing required parameter "broadcaster_id"')
        if MANAGE not in grant.scopes and (write or READ not in grant.scopes):
            return helix_error(401, f"Missing scope: {MANAGE if write else f'{READ} or {MANAGE}'}")
        if broadcaster != grant.user_id:
            return helix_error(
                401, "The ID in broadcaster_id must match the user ID found in the request's OAuth token."
            )
        if self._crowd.broadcaster_type(broadcaster) not in ("affiliate", "partner"):
            return helix_error(403, "The broadcaster doesn't have partner or affiliate status.")
        return None

    def own_reward(self, key: str, name: str, grant: AccessGrant) -> Reward | web.Response:
        """The reward `key` if this client id made it; `name` is the parameter it came in."""
        if not key:
            return helix_error(400, f'Missing required parameter "{name}"')
        reward = self._book.rewards.get(key)
        if reward is None or reward.broadcaster != grant.user_id:
            return helix_error(404, "Custom reward with the given ID was not found")
        if reward.owner != grant.client_id:
            return helix_error(
                403, "The ID in the Client-Id header must match the client ID used to create the custom reward."
            )
        return reward
