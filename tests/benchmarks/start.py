"""From the start of the process to the first paint of the tray icon, in turns with a bare tray at the same desktop."""

from __future__ import annotations

import time

from tests.benchmarks.sampling import median, milliseconds, quartiles, ratios
from tests.benchmarks.scene import Program, Scene, lacking, scene
from tests.benchmarks.table import Row

AIM = 3.0


def measure(*, quick: bool) -> list[Row]:
    """One row; it says what is missing where there can be no tray."""
    if lacks := lacking():
        return [Row("start to tray: not measured", f"needs {lacks}", "")]
    with scene() as made:
        return [_start(made, rounds=2 if quick else 15)]


def _start(made: Scene, *, rounds: int) -> Row:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        for arguments, times in ((made.companion, ours), (["bare"], theirs)):
            program = Program(made, arguments)
            if number:  # the first round fills the disk's cache
                times.append(program.seconds_to_tray)
            time.sleep(0.5)
            program.end()
    found = ratios(ours, theirs)
    return Row(
        "start to tray painted",
        milliseconds(median(ours)),
        f"{milliseconds(median(theirs))}: bare tray",
        median(found),
        quartiles(found),
        AIM,
    )
