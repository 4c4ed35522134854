"""What a simulator is started with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ScenarioName: TypeAlias = Literal["demo", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """Start options; durations in seconds. The defaults are what the real services do."""

    port: int = 0
    scenario: ScenarioName = "none"
    auto_approve: bool = False
    seed: int = 1
    keepalive: float | None = None
    """Overrides what EventSub clients ask for (real range 10 to 600); may be a fraction, for tests."""
    unused_after: float = 10.0
    """An EventSub socket without a subscription is closed with 4003 after this long."""
    reconnect_grace: float = 30.0
    """After `session_reconnect` the old socket is closed with 4004 after this long."""
    helix_points: int = 800
    """Size of the Helix bucket and its refill per minute."""
