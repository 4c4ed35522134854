"""The language of replies: text with placeholders in braces, read once into parts. Pure.

`{name}` or `{name:argument}` is a placeholder; `{{` and `}}` stand for the braces themselves. A lone brace is
refused, so that nobody saves a reply that means something else than it looks like. Placeholders do not nest, and
what is filled in for one is never read as a template again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeGuard, get_args

from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands.zones import find_zone

PlainName: TypeAlias = Literal["user", "target", "args", "count", "value", "uptime", "viewers", "song"]
PLAIN_NAMES: Final[tuple[PlainName, ...]] = get_args(PlainName)
EXISTING: Final = (
    "{user}, {target}, {args}, {count}, {value}, {random:a|b|c}, {uptime}, {viewers}, {song} and {time:Europe/Berlin}"
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A placeholder without an argument."""

    name: PlainName


@dataclass(frozen=True, slots=True)
class Random:
    """One of `choices` each time; one of them may be empty, not all."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimeIn:
    """The time of day in `zone`, which was known when the template was checked."""

    zone: str


Part: TypeAlias = str | Plain | Random | TimeIn
Template: TypeAlias = tuple[Part, ...]


@functools.lru_cache(maxsize=512)
def parse_template(text: str) -> Result[Template, str]:
    """The parts of `text`; the error is a sentence for the person who wrote it. Zones are looked at by their form only.

    No two texts stand side by side in the answer.
    """
    parts: list[Part] = []
    literal = ""
    at = 0
    while at < len(text):
        if text[at] not in "{}":
            literal, at = literal + text[at], at + 1
        elif text[at : at + 2] in ("{{", "}}"):
            literal, at = literal + text[at], at + 2
        elif text[at] == "}":
            return Err("There is a } without its {. For a brace itself, write it twice: }}.")
        else:
            end = text.find("}", at)
            if end < 0 or "{" in text[at + 1 : end]:
                return Err("There is a { without its }. For a brace itself, write it twice: {{.")
            placeholder = _placeholder(text[at + 1 : end])
            if isinstance(placeholder, Err):
                return placeholder
            parts += [literal, placeholder.value] if literal else [placeholder.value]
            literal, at = "", end + 1
    return Ok((*parts, literal) if literal else tuple(parts))


def template_problem(text: str) -> str | None:
    """Why `text` cannot be saved as a reply, as a sentence; None when it can. Unknown time zones are a reason."""
    parsed = parse_template(text)
    if isinstance(parsed, Err):
        return parsed.error
    for part in parsed.value:
        if isinstance(part, TimeIn):
            zone = find_zone(part.zone)
            if isinstance(zone, Err):
                return zone.error
    return None


def plain_names(template: Template) -> frozenset[PlainName]:
    """Which placeholders without an argument are in use."""
    return frozenset(part.name for part in template if isinstance(part, Plain))


def _placeholder(content: str) -> Result[Part, str]:
    written, colon, argument = content.partition(":")
    name = written.strip().lower()
    if _is_plain(name):
        return Err(f"{{{name}}} takes nothing after a colon.") if colon else Ok(Plain(name))
    if name == "random":
        choices = tuple(choice.strip() for choice in argument.split("|"))
        return Ok(Random(choices)) if any(choices) else Err("{random} wants choices, as in {random:heads|tails}.")
    if name == "time":
        zone = argument.strip()
        return Ok(TimeIn(zone)) if zone else Err("{time} wants a time zone, as in {time:Europe/Berlin}.")
    return Err(f"There is no {{{content.strip()}}}. There are {EXISTING}.")


def _is_plain(name: str) -> TypeGuard[PlainName]:
    return name in PLAIN_NAMES
