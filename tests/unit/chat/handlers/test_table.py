"""Every computed command has a handler, and every default finds one."""

from __future__ import annotations

from typing import get_args

from companion.chat.handlers.handler import ACTING
from companion.objects.chat_commands.defaults import DEFAULTS
from companion.ports.chat_commands import ComputedName
from tests.unit.chat.hall import MOD, Hall


async def test_every_computed_command_is_answered(hall: Hall) -> None:
    assert set(hall.executor._computed) == set(get_args(ComputedName))
    for default in DEFAULTS:
        reply = await hall.say(f"!{default.name}", MOD, "broadcaster")
        quiet = default.name in {"sr", "hold"}
        assert (reply is None) is quiet, default.name
        if default.name == "hold":
            await hall.say("!hold off", MOD, "moderator")


def test_what_acts_is_a_computed_command() -> None:
    assert set(get_args(ComputedName)) > ACTING
