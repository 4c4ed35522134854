"""The settled application: its memory, and what it does while nothing happens on a live stream.

Memory is compared with a bare tray that has imported every module of other people's that the running application had
imported by then; the processor's time with a bare tray.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.benchmarks.processes import memory, processor_time
from tests.benchmarks.sampling import median, quartiles, ratios
from tests.benchmarks.scene import Program, Scene, lacking, scene
from tests.benchmarks.table import Row

AIM = 1.2
OWN = ("companion", "tests", "__main__")


def measure(*, quick: bool) -> list[Row]:
    """Rows for the table; one that says what is missing where there can be no tray."""
    if lacks := lacking():
        return [Row("memory and rest: not measured", f"needs {lacks}", "")]
    with scene() as made:
        settle, span = (4.0, 3.0) if quick else (15.0, 20.0)
        rounds = [_round(made, settle=settle, span=span) for _ in range(1 if quick else 3)]
    return [_memory(rounds, "Rss", AIM), _memory(rounds, "Pss", None), _alone(rounds), _processor(rounds)]


@dataclass(frozen=True, slots=True)
class Calm:
    """One settled program: MiB, and seconds of processor time in a second."""

    memory: dict[str, float]
    busy: float


@dataclass(frozen=True, slots=True)
class Round:
    """The application, a bare tray with its libraries, and one without."""

    ours: Calm
    libraries: Calm
    bare: Calm


def _round(made: Scene, *, settle: float, span: float) -> Round:
    program = Program(made, made.companion)
    ours = _settled(program, settle, span)
    modules = [name for name in program.modules() if name.split(".")[0] not in OWN]
    program.end()
    names = made.folder / "modules"
    names.write_text("\n".join(modules), "utf-8")
    others: list[Calm] = []
    for arguments in (["libraries", str(names)], ["bare"]):
        rival = Program(made, arguments)
        others.append(_settled(rival, settle / 3, span))
        rival.end()
    return Round(ours, *others)


def _settled(program: Program, settle: float, span: float) -> Calm:
    time.sleep(settle)
    before, began = processor_time(program.pid), time.monotonic()
    time.sleep(span)
    busy = (processor_time(program.pid) - before) / (time.monotonic() - began)
    return Calm(memory(program.pid), busy)


def _memory(rounds: list[Round], kind: str, aim: float | None) -> Row:
    ours, theirs = [each.ours.memory[kind] for each in rounds], [each.libraries.memory[kind] for each in rounds]
    found = ratios(ours, theirs)
    rival = f"{median(theirs):.0f} MiB: bare tray, same libraries"
    return Row(f"memory, live ({kind.upper()})", f"{median(ours):.0f} MiB", rival, median(found), quartiles(found), aim)


def _alone(rounds: list[Round]) -> Row:
    ours, theirs = [each.ours.memory["Rss"] for each in rounds], [each.bare.memory["Rss"] for each in rounds]
    rival = f"{median(theirs):.0f} MiB: bare tray"
    return Row("memory, live (RSS), libraries counted", f"{median(ours):.0f} MiB", rival, median(ratios(ours, theirs)))


def _processor(rounds: list[Round]) -> Row:
    ours, theirs = [each.ours.busy for each in rounds], [each.bare.busy for each in rounds]
    return Row("processor at rest, live", f"{median(ours):.2%} of a core", f"{median(theirs):.2%}: bare tray")
