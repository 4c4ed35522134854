"""What a step does outside: asked for under its time limit, with no transaction open, after what it needs is committed.

Whatever happens meanwhile becomes an answer: an exception is a `Bug`, and silence is what may be said of it honestly.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from companion.kernel.instant import Clock
from companion.runtime.saga.actions import Act, LookUp, Undo
from companion.runtime.saga.definition import Context, Done, EffectStep, LookAgain, Retry, Unknown
from companion.runtime.saga.held import Held
from companion.runtime.saga.inside import Bug
from companion.runtime.transactions import StorageFailure

LOOK_LATER = 5.0
"""Seconds until a look-up that took too long is asked again."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Ask the effect for its intent; the attempt is not marked yet."""

    index: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The attempt can be marked now, with its encoded intent."""

    attempt: int
    intent: str | None


Awaited: TypeAlias = Prepare | Act | LookUp | Undo


class Effects:
    """Carries out effects. `aside(run_id)` is entered while the run waits in a patient step."""

    def __init__(
        self, *, clock: Clock, logger: logging.Logger, aside: Callable[[str], AbstractContextManager[None]]
    ) -> None:
        self._clock = clock
        self._logger = logger
        self._aside = aside

    async def perform(self, held: Held, action: Awaited) -> Any:  # noqa: ANN401 - what the step's own type says
        """What the step answers, `Prepared` after a `Prepare` that went well, or a `Bug`.

        Raises `StorageFailure` alone.
        """
        step = held.codec.steps[action.index]
        if not isinstance(step, EffectStep):
            raise AssertionError(f"{step.name} has nothing to await")
        call = _call_of(step, action)
        limit = asyncio.timeout(step.time_limit)
        try:
            context = held.context(action.index, self._clock.now(), attempt=_attempt_of(held, action))
            async with limit:
                told = await (self._patiently(held, call(context)) if step.patient else call(context))
            if isinstance(action, Prepare) and isinstance(told, Done):
                text = held.codec.intents[action.index]
                return Prepared(action.attempt, None if text is None else text.encode(told.value))
            return told
        except StorageFailure:
            raise
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                return _too_late(action, step.time_limit)
            self._logger.error("%s failed through a bug", held.describe(action.index), exc_info=error)
            return Bug.of(error)

    async def _patiently(self, held: Held, call: Awaitable[Any]) -> Any:  # noqa: ANN401 - what the step's own type says
        with self._aside(held.run_id):
            return await call


def _call_of(step: EffectStep[Any], action: Awaited) -> Callable[[Context[Any]], Awaitable[Any]]:
    match action:
        case Prepare() if step.prepare is not None:
            return step.prepare
        case Act():
            return step.act
        case LookUp() if step.look_up is not None:
            return step.look_up
        case Undo() if step.undo is not None:
            return step.undo
        case _:
            raise AssertionError(f"{step.name} has no {type(action).__name__}")


def _attempt_of(held: Held, action: Awaited) -> int:
    match action:
        case Prepare(attempt=attempt):
            return attempt
        case Undo(index):
            return held.run.steps[index].undo_attempt
        case Act(index) | LookUp(index):
            return held.run.steps[index].attempt


def _too_late(action: Awaited, limit: float) -> Retry | Unknown | LookAgain:
    error = f"no answer within {limit:g} s"
    match action:
        case Prepare():
            return Retry(error)
        case LookUp():
            return LookAgain(LOOK_LATER, error)
        case Act() | Undo():
            return Unknown(error)
