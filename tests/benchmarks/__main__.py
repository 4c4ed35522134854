"""The one command; see the package."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys

import PySide6

from tests.benchmarks.table import Row, load, show

PARTS = ("tokens", "pages", "start", "rest", "commits", "burst", "chat")


def main() -> int:
    """0, or 1 when a count is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Ratios, measured in one run.")
    parser.add_argument("--quick", action="store_true", help="few samples, to see that everything runs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts")
    chosen = parser.parse_args()
    print(f"Python {platform.python_version()}, PySide6 {PySide6.__version__}, {platform.system()}; {load()}")
    rows: list[Row] = []
    for part in chosen.only:
        rows += importlib.import_module(f"tests.benchmarks.{part}").measure(quick=chosen.quick)
        print(f"{part} measured; {load()}", flush=True)
    print(show(rows))
    return 1 if any(row.must and row.ratio != row.aim for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
