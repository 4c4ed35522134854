from __future__ import annotations

from tests.benchmarks import burst, chat
from tests.benchmarks.table import Row, show
from tests.benchmarks.tokens import at_expiry, late_rejections


async def test_ten_thousand_callers_at_expiry_cost_one_refresh() -> None:
    seen = await at_expiry()
    assert (seen.requests, seen.tokens) == (1, 1)


async def test_ten_thousand_late_rejections_cost_one_refresh() -> None:
    seen = await late_rejections()
    assert (seen.requests, seen.tokens) == (1, 1)
    assert seen.early and seen.late


def test_every_redemption_of_a_burst_has_one_run_and_the_chats_limit_is_kept() -> None:
    counts = [row for row in (*burst.measure(quick=True), *chat.measure(quick=True)) if row.must]
    assert [(row.ratio, row.aim) for row in counts] == [(1, 1), (0, 0)]


def test_the_table_says_which_aims_are_missed() -> None:
    text = show([Row("a", "1", "2", 1.25, (1.2, 1.4), 1.3), Row("b", "1", "2", 1.35, None, 1.3), Row("c", "1", "2")])
    first, second, third = text.splitlines()[2:]
    assert "1.25  (1.20 to 1.40)" in first and first.endswith("1.3 met")
    assert second.endswith("1.3 MISSED") and third.split() == ["c", "1", "2"]
