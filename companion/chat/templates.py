"""Filling in a reply's template, in one pass: what is filled in is never read as a template. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, assert_never

from companion.kernel.instant import Instant
from companion.kernel.result import Err
from companion.objects.chat_commands.templates import Plain, PlainName, Random, Template, TimeIn
from companion.objects.chat_commands.zones import find_zone

Pick: TypeAlias = Callable[[Sequence[str]], str]
"""Chooses one of several texts."""


def fill(template: Template, *, value: Callable[[PlainName], str], pick: Pick, now: Instant) -> str:
    """The text that `template` makes. `value` is asked for what is needed, and no more."""
    return "".join(_part(part, value, pick, now) for part in template)


def target_of(args: str, asker: str) -> str:
    """Whom a command is aimed at: its first argument without the @, or the asker."""
    first = args.split(maxsplit=1)[0].removeprefix("@") if args.strip() else ""
    return first or asker


def _part(part: str | Plain | Random | TimeIn, value: Callable[[PlainName], str], pick: Pick, now: Instant) -> str:
    match part:
        case str():
            return part
        case Plain(name):
            return value(name)
        case Random(choices):
            return pick(choices)
        case TimeIn(zone):
            found = find_zone(zone)
            # Checked when it was saved; since then the data may have moved to a computer that does not know it.
            return "an unknown time" if isinstance(found, Err) else now.astimezone(found.value).strftime("%H:%M")
        case _:
            assert_never(part)
