"""The raffle's settings: how far numbers go, and what a win is called."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.objects.keyboard_raffle.draws import HIGHEST_RANGE, LOWEST_RANGE
from companion.ports.raffle import BadRaffleSettings, RaffleSettings
from companion.runtime.stored_settings import read_settings, write_settings

NAME: Final = "keyboard-raffle"
LONGEST_PRIZE: Final = 100


def problem_of(settings: RaffleSettings) -> BadRaffleSettings | None:
    """Why these settings cannot be, None when they can."""
    if type(settings.range) is not int or not LOWEST_RANGE <= settings.range <= HIGHEST_RANGE:
        return BadRaffleSettings(f"range must be {LOWEST_RANGE} to {HIGHEST_RANGE:,}")
    if not settings.prize.strip() or len(settings.prize) > LONGEST_PRIZE or "\n" in settings.prize:
        return BadRaffleSettings(f"prize must be one line of 1 to {LONGEST_PRIZE} characters")
    return None


def read(session: Session, at: Instant) -> RaffleSettings:
    """As stored; the defaults where nothing usable is."""
    stored = read_settings(session, NAME, RaffleSettings, RaffleSettings(), at)
    return stored if problem_of(stored) is None else RaffleSettings()


def write(session: Session, settings: RaffleSettings) -> None:
    """Replace what is stored."""
    write_settings(session, NAME, RaffleSettings, settings)
