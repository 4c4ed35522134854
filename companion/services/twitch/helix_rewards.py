"""Channel-point rewards and redemptions over Helix.

Source: dev.twitch.tv/docs/api/reference (Create/Get/Update Custom Reward, Get/Update Redemption Status). Only the
client id that created a reward may change it, list its redemptions or settle them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import MalformedAnswer, NoAccess, NotConfigured, NotFound, ServiceError
from companion.ports.rewards import Redemption, Reward, RewardSpec, Verdict
from companion.services.http import HttpAnswer, Pairs, parse
from companion.services.twitch.client import HelixClient
from companion.services.twitch.wire_rewards import RedemptionsAnswer, RewardsAnswer

_REWARDS: Final = "/channel_points/custom_rewards"
_REDEMPTIONS: Final = f"{_REWARDS}/redemptions"
_PAGE: Final = "50"
_MOST_PAGES: Final = 1000
"""50,000 waiting redemptions of one reward; more are not walked."""
_Json: TypeAlias = dict[str, object]


class TwitchRewards:
    """`RewardsApi` for the account of the Twitch login. A write goes out once, whatever is answered."""

    def __init__(
        self, *, client: HelixClient, broadcaster_id: Callable[[], str | None], logger: logging.Logger
    ) -> None:
        self._client = client
        self._broadcaster_id = broadcaster_id
        self._logger = logger

    async def create_reward(self, spec: RewardSpec) -> Result[Reward, ServiceError]:
        """`POST`. A redemption of it waits in Twitch's own queue until it is settled."""
        body = {"is_enabled": True, **_fields(spec)}
        sent = await self._call("POST", _REWARDS, json=body)
        return sent if isinstance(sent, Err) else self._one_reward("POST", sent.value)

    async def list_rewards(self) -> Result[Sequence[Reward], ServiceError]:
        """`GET` with `only_manageable_rewards`: at most 50, on one page."""
        sent = await self._call("GET", _REWARDS, ("only_manageable_rewards", "true"))
        if isinstance(sent, Err):
            return sent
        parsed = parse(RewardsAnswer, sent.value, where=f"helix GET {_REWARDS}", logger=self._logger)
        return parsed if isinstance(parsed, Err) else Ok([wire.reward() for wire in parsed.value.data])

    async def update_reward(
        self, reward_id: str, spec: RewardSpec | None = None, *, paused: bool | None = None
    ) -> Result[Reward, ServiceError]:
        """`PATCH` with what is given."""
        body = {} if spec is None else _fields(spec)
        if paused is not None:
            body["is_paused"] = paused
        sent = await self._call("PATCH", _REWARDS, ("id", reward_id), json=body)
        return sent if isinstance(sent, Err) else self._one_reward("PATCH", sent.value, reward_id)

    async def list_unfulfilled(self, reward_id: str) -> Result[Sequence[Redemption], ServiceError]:
        """`GET` with `status=UNFULFILLED`, page by page. One that moves between two pages is listed once."""
        found: dict[str, Redemption] = {}
        query = (("reward_id", reward_id), ("status", "UNFULFILLED"), ("sort", "OLDEST"), ("first", _PAGE))
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            sent = await self._call("GET", _REDEMPTIONS, *query, *(() if cursor is None else (("after", cursor),)))
            if isinstance(sent, Err):
                return sent
            parsed = self._redemptions("GET", sent.value)
            if isinstance(parsed, Err):
                return parsed
            for wire in parsed.value.data:
                found.setdefault(wire.id, wire.redemption())
            cursor = parsed.value.pagination.cursor
            if not cursor:
                break
        return Ok([one for one in found.values() if one.status == "unfulfilled"])

    async def get_redemption(self, reward_id: str, redemption_id: str) -> Result[Redemption | None, ServiceError]:
        """`GET` by id, in whatever status. Twitch forgets settled ones after some days: None then."""
        sent = await self._call("GET", _REDEMPTIONS, ("reward_id", reward_id), ("id", redemption_id))
        if isinstance(sent, Err):
            return Ok(None) if isinstance(sent.error, NotFound) else sent
        parsed = self._redemptions("GET", sent.value)
        if isinstance(parsed, Err):
            return parsed
        return Ok(next((wire.redemption() for wire in parsed.value.data if wire.id == redemption_id), None))

    async def settle(self, reward_id: str, redemption_id: str, verdict: Verdict) -> Result[None, ServiceError]:
        """`PATCH` the status, once. An answer that does not name the redemption as settled is `MalformedAnswer`:
        it may or may not be. `NetworkDown` and `ProviderUnavailable` leave it open in the same way.
        """
        query = (("reward_id", reward_id), ("id", redemption_id))
        sent = await self._call("PATCH", _REDEMPTIONS, *query, json={"status": verdict.upper()})
        if isinstance(sent, Err):
            return sent
        parsed = self._redemptions("PATCH", sent.value)
        if isinstance(parsed, Err):
            return parsed
        if any(wire.id == redemption_id and wire.status == verdict for wire in parsed.value.data):
            return Ok(None)
        return Err(MalformedAnswer(f"helix PATCH {_REDEMPTIONS}: the redemption is not named as {verdict}"))

    async def _call(
        self, method: str, path: str, *query: tuple[str, str], json: _Json | None = None
    ) -> Result[HttpAnswer, ServiceError]:
        broadcaster = self._broadcaster_id()
        if broadcaster is None:
            return Err(NoAccess(NotConfigured()))
        params: Pairs = [("broadcaster_id", broadcaster), *query]
        return await self._client.call(method, path, params=params, json=json)

    def _one_reward(
        self, method: str, answer: HttpAnswer, reward_id: str | None = None
    ) -> Result[Reward, MalformedAnswer]:
        where = f"helix {method} {_REWARDS}"
        parsed = parse(RewardsAnswer, answer, where=where, logger=self._logger)
        if isinstance(parsed, Err):
            return parsed
        for wire in parsed.value.data:
            if reward_id in (None, wire.id):
                return Ok(wire.reward())
        return Err(MalformedAnswer(f"{where}: the reward is not named"))

    def _redemptions(self, method: str, answer: HttpAnswer) -> Result[RedemptionsAnswer, MalformedAnswer]:
        return parse(RedemptionsAnswer, answer, where=f"helix {method} {_REDEMPTIONS}", logger=self._logger)


def _fields(spec: RewardSpec) -> _Json:
    return {
        "title": spec.title,
        "cost": spec.cost,
        "prompt": spec.prompt,
        "is_user_input_required": spec.input_required,
        "background_color": spec.color,
        "should_redemptions_skip_request_queue": False,
    }
