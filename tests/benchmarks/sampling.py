"""Medians, quartiles and percentiles of what the rounds gave."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` per cent of the samples do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """The lower and the upper quartile: half of the rounds lie between them."""
    return percentile(values, 25), percentile(values, 75)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Round by round: what disturbed a round disturbed both sides of it."""
    return [our / their for our, their in zip(ours, theirs, strict=True)]


def milliseconds(seconds: float) -> str:
    """For people."""
    return f"{seconds * 1000:.3g} ms"
