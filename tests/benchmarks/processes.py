"""What the kernel says of a running process (Linux)."""

from __future__ import annotations

from pathlib import Path


def memory(pid: int) -> dict[str, float]:
    """`Rss` (all pages in memory) and `Pss` (shared pages divided among their users), in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    sizes = {name: float(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return {"Rss": sizes["Rss"], "Pss": sizes["Pss"]}


def processor_time(pid: int) -> float:
    """Seconds that all its threads have run, to the nanosecond (the clock ticks of `stat` are too coarse)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text("ascii").split()[0]) for task in tasks) / 1e9
