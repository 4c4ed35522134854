"""A simulator whose Helix has no limit worth the name: what is measured is Companion, not Twitch's patience.

Says its address on standard output, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from companion.kernel.instant import SystemClock
from companion.simulator.options import SimulatorOptions
from companion.simulator.server import Simulator

ENDLESS = 100_000_000


async def main(folder: Path) -> None:
    options = SimulatorOptions(auto_approve=True, helix_points=ENDLESS)
    simulator = Simulator(directory=folder, clock=SystemClock(), options=options)
    print(await simulator.start(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await simulator.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
