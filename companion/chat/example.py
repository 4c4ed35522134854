"""What a reply would look like, while it is being written. Pure."""

from __future__ import annotations

from typing import Final

from companion.chat.templates import fill
from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands.templates import PlainName, parse_template, template_problem
from companion.ports.chat_commands import BadCommand

_EXAMPLES: Final[dict[PlainName, str]] = {
    "user": "Ann",
    "target": "Bo",
    "args": "Bo and all the others",
    "count": "7",
    "value": "whatever was set",
    "uptime": "2 h 14 min",
    "viewers": "183",
    "song": "Harbour Lights by The Paper Boats",
}


def example_of(template: str, *, now: Instant) -> Result[str, BadCommand]:
    """The text with example values in its placeholders, or why it cannot be saved."""
    problem = template_problem(template)
    if problem is not None:
        return Err(BadCommand(problem))
    parsed = parse_template(template)
    if isinstance(parsed, Err):
        return Err(BadCommand(parsed.error))
    return Ok(fill(parsed.value, value=_EXAMPLES.__getitem__, pick=lambda choices: choices[0], now=now))
