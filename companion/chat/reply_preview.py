"""A reply as chat would read it, with example values: for whoever writes one."""

from __future__ import annotations

from typing import Final

from companion.chat.templates import fill
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands.templates import PlainName, parse_template, template_problem
from companion.ports.chat_commands import BadCommand

EXAMPLES: Final[dict[PlainName, str]] = {
    "user": "Ann",
    "target": "Bo",
    "args": "Bo",
    "count": "42",
    "value": "…",
    "uptime": "2 h 14 min",
    "viewers": "183",
    "song": "Lantern Season – The Paper Boats",
}


def preview_reply(text: str, *, now: Instant) -> Result[str, BadCommand]:
    """`text` with examples in its placeholders (of several choices the first), or what is wrong with it."""
    problem = template_problem(text)
    if problem is not None:
        return Err(BadCommand(problem))
    parsed = parse_template(text)
    if isinstance(parsed, Err):
        return Err(BadCommand(parsed.error))
    return Ok(fill(parsed.value, value=lambda name: EXAMPLES[name], pick=lambda choices: choices[0], now=now))
