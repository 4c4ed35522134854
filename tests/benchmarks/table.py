"""What a measurement says, and the table it is printed in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "Companion", "rival or floor", "ratio (quartiles)", "aim")


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `ratio` with `spread` (lower and upper quartile over the rounds) where there is one."""

    what: str
    ours: str
    theirs: str
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    aim: float | None = None
    must: bool = False
    """The ratio is a count: anything but the aim fails the run."""

    def cells(self) -> tuple[str, ...]:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        if self.spread is not None:
            ratio += f"  ({self.spread[0]:.2f} to {self.spread[1]:.2f})"
        return (self.what, self.ours, self.theirs, ratio, self._verdict())

    def _verdict(self) -> str:
        if self.aim is None or self.ratio is None:
            return ""
        return f"{self.aim:g} {'met' if self.ratio <= self.aim else 'MISSED'}"


def show(rows: Sequence[Row]) -> str:
    """The rows under their headings, in columns."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([text[0], "-" * len(text[0].ljust(sum(widths) + 2 * len(widths) - 2)), *text[1:]])


def load() -> str:
    """How busy the machine is, in words."""
    cores = os.cpu_count() or 1
    if not hasattr(os, "getloadavg"):
        return f"{cores} cores, load unknown"
    one, five, _ = os.getloadavg()
    return f"{cores} cores, load {one:.1f} over one minute and {five:.1f} over five"
