"""Orders to the simulated Twitch: what viewers and the streamer do there."""

from __future__ import annotations

from typing import Any

import httpx

from companion.simulator.testing import RunningSimulator


async def order(sim: RunningSimulator, name: str, **fields: object) -> dict[str, Any]:
    """`POST /sim/{name}`; an order that is refused fails the test."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{sim.base_url}/sim/{name}", json=fields)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told
