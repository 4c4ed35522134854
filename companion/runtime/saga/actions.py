"""What a run asks for next, and what its steps may have come to: the words between the protocol and its driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from companion.kernel.instant import Instant
from companion.runtime.saga.definition import CannotTell, Done, Failed, LookAgain, NotDone, Retry, Unknown, Waiting


@dataclass(frozen=True, slots=True)
class Apply:
    """Apply the local step, in one transaction with its record."""

    index: int


@dataclass(frozen=True, slots=True)
class Check:
    """Ask the waiting step, in one transaction with its record."""

    index: int


@dataclass(frozen=True, slots=True)
class Act:
    """Prepare, commit `begin`, then act."""

    index: int
    attempt: int


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask whether the attempt that was begun has happened."""

    index: int


@dataclass(frozen=True, slots=True)
class Assume:
    """Nobody can be asked: this is the outcome."""

    index: int
    outcome: Retry | CannotTell | Unknown


@dataclass(frozen=True, slots=True)
class Undo:
    """Take the step back (an effect: commit `begin` before)."""

    index: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing to do before `until`; None: before the run is woken."""

    until: Instant | None


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do: the run has ended, or only the streamer can decide."""


Action: TypeAlias = Apply | Check | Act | LookUp | Assume | Undo | Sleep | Rest
Outcome: TypeAlias = Done[str] | Retry | Failed | Unknown | Waiting | NotDone | LookAgain | CannotTell
"""Of a step; `Done` carries the encoded result."""
