"""Time zones by name, from the system's own data (or the package `tzdata`, where a system has none: Windows)."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from companion.kernel.result import Err, Ok, Result

_SURELY_THERE = "Europe/London"


def find_zone(name: str) -> Result[ZoneInfo, str]:
    """The zone called `name` (as in "Europe/Berlin"); the error is a sentence for the person who typed it."""
    zone = _load(name)
    if zone is not None:
        return Ok(zone)
    if _load(_SURELY_THERE) is None:
        return Err("This computer has no list of time zones, so {time:...} cannot be used here.")
    spelled = next((known for known in available_timezones() if known.casefold() == name.casefold()), None)
    if spelled is not None:
        return Err(f"There is no time zone {name}. It is spelled {spelled}.")
    return Err(f"There is no time zone {name}. Zones are called like Europe/Berlin or America/New_York.")


def _load(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder ("America"), or far too long
        return None
