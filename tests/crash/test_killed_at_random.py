"""SIGKILL at random instants of a busy night with faults left on; the whole thousand is `COMPANION_CRASH=full`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.thousand import Plan, go_through

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="shifts are forks, which this system does not have"),
    pytest.mark.timeout(3600),
]
FULL = Plan(redemptions=1000, kills=200, seed=1)
SHORT = Plan(redemptions=80, kills=20, seed=7)
FEW = 2
"""Undecided ones that a short night may have: where Spotify's own list begins is not known before the first song."""
CANNOT_TELL = (
    "hand over: Spotify's queue has moved on, so it does not show any more whether it took the song",
    "hand over: Spotify shows the next 20 songs only, and this one may stand behind them",
    "make sure: Spotify took the song, and it was not seen there for an hour",
)
"""What the simulated Spotify cannot tell either: it has neither ids in its queue nor a history that may be read."""


async def test_redemptions_killed_at_random_instants(tmp_path: Path) -> None:
    plan = FULL if os.environ.get("COMPANION_CRASH") == "full" else SHORT
    figures = await go_through(plan, tmp_path)
    print(figures)
    assert list(figures.problems) == []
    assert (figures.lost, figures.settled_twice) == (0, 0)
    assert figures.redemptions == plan.redemptions == figures.fulfilled + figures.refunded
    assert figures.kills == plan.kills
    assert len(figures.needs_you) <= max(FEW, plan.redemptions * 5 // 1000)
    assert [card for card in figures.needs_you if not card.endswith(CANNOT_TELL)] == []
    assert figures.fulfilled > plan.redemptions * 0.8
    assert len(figures.faults) > 5
