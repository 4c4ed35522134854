"""Times as people say them: spans, "4 min ago", and the exact hour for tooltips."""

from __future__ import annotations

from datetime import timedelta

from companion.kernel.instant import Instant
from companion.ui.text import tr


def span(length: timedelta) -> str:
    """`14 min`, `2 h 14 min`, `3 d 4 h`; whole minutes, never below zero."""
    minutes = max(0, int(length.total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return tr("{days} d {hours} h").format(days=days, hours=hours)
    if hours:
        return tr("{hours} h {minutes} min").format(hours=hours, minutes=f"{minutes:02d}")
    return tr("{minutes} min").format(minutes=minutes)


def ago(at: Instant, now: Instant) -> str:
    """Relative below an hour, then the hour, then the day and the hour."""
    seconds = (now - at).total_seconds()
    if seconds < 60:
        return tr("just now")
    if seconds < 3600:
        return tr("{minutes} min ago").format(minutes=int(seconds // 60))
    local, today = at.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}"


def until(at: Instant, now: Instant) -> str:
    """`in 40 s`, `in 4 min`, or the hour; `now` once it has passed."""
    seconds = (at - now).total_seconds()
    if seconds <= 0:
        return tr("now")
    if seconds < 60:
        return tr("in {seconds} s").format(seconds=int(seconds) + 1)
    if seconds < 3600:
        return tr("in {minutes} min").format(minutes=int(seconds // 60))
    return tr("at {hour}").format(hour=clock_time(at))


def exact(at: Instant) -> str:
    """Day and second in local time, for tooltips."""
    local = at.astimezone()
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M:%S}"


def clock_time(at: Instant) -> str:
    """Local hour and minute."""
    return f"{at.astimezone():%H:%M}"


def day(at: Instant) -> str:
    """Local day, month and year."""
    local = at.astimezone()
    return f"{local.day} {local:%B %Y}"


def countdown(left: timedelta) -> str:
    """Minutes and seconds, "04:59"; never below zero."""
    seconds = max(0, int(left.total_seconds()))
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def track_time(milliseconds: int) -> str:
    """A place in a song, "3:07"."""
    seconds = max(0, milliseconds // 1000)
    return f"{seconds // 60}:{seconds % 60:02d}"
