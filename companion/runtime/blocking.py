"""Blocking work off the loop's thread, on an executor that the caller owns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

T = TypeVar("T")


async def run_blocking(executor: Executor, work: Callable[[], T]) -> T:
    """Run `work` in `executor` and wait; what it raises is raised here."""
    return await asyncio.get_running_loop().run_in_executor(executor, work)
