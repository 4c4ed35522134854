"""The preview of a reply."""

from __future__ import annotations

from companion.chat.example import example_of
from companion.kernel.result import Err, Ok
from companion.objects.chat_commands.templates import PLAIN_NAMES
from companion.ports.chat_commands import BadCommand
from tests.fakes.clock import START


def test_every_placeholder_has_an_example() -> None:
    every = " ".join(f"{{{name}}}" for name in PLAIN_NAMES) + " {random:a|b} {time:UTC}"
    shown = example_of(every, now=START)
    assert isinstance(shown, Ok)
    assert "{" not in shown.value
    assert shown.value.endswith(" a 00:00")


def test_what_cannot_be_saved_says_why() -> None:
    for template, words in (("{nobody}", "There is no {nobody}"), ("{time:Nowhere}", "There is no time zone")):
        refused = example_of(template, now=START)
        assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
        assert words in refused.error.detail
