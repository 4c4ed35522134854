"""Waiting for something to become true, with a deadline: the only way in which whole-application tests pass time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine
from typing import TypeVar, overload

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds. Far more than anything takes on a quiet machine: a busy one must not make a test fail."""
PAUSE = 0.05


@overload
async def until(
    look: Callable[[], Coroutine[object, object, T]],
    *,
    what: str,
    patience: float = PATIENCE,
    hint: Callable[[], str] | None = None,
) -> T: ...


@overload
async def until(
    look: Callable[[], T], *, what: str, patience: float = PATIENCE, hint: Callable[[], str] | None = None
) -> T: ...


async def until(
    look: Callable[[], object], *, what: str, patience: float = PATIENCE, hint: Callable[[], str] | None = None
) -> object:
    """The first truthy answer of `look`. Fails naming `what` and the last answer, with what `hint` adds."""
    end = time.monotonic() + patience
    while True:
        answer = look()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        if time.monotonic() > end:
            told = f"\n{hint()}" if hint is not None else ""
            raise AssertionError(f"not within {patience:g} s: {what} (last seen: {answer!r}){told}")
        await asyncio.sleep(PAUSE)
