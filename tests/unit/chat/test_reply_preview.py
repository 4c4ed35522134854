"""A reply with examples in it, and what is wrong with one."""

from __future__ import annotations

import pytest

from companion.chat.reply_preview import EXAMPLES, preview_reply
from companion.kernel.result import Err, Ok
from companion.objects.chat_commands.templates import PLAIN_NAMES
from tests.fakes.clock import START


def test_every_placeholder_has_an_example() -> None:
    assert set(EXAMPLES) == set(PLAIN_NAMES)
    text = " ".join(f"{{{name}}}" for name in PLAIN_NAMES)
    assert preview_reply(text, now=START) == Ok(" ".join(EXAMPLES[name] for name in PLAIN_NAMES))


def test_choices_and_times_are_shown_as_one_of_them() -> None:
    assert preview_reply("{random:a|b} at {time:UTC}", now=START) == Ok(f"a at {START:%H:%M}")


@pytest.mark.parametrize("text", ["{nobody}", "{user", "}", "{time:Nowhere/Nothing}"])
def test_what_cannot_be_saved_is_said(text: str) -> None:
    assert isinstance(preview_reply(text, now=START), Err)
