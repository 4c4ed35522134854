"""What a fresh installation can do: every computed command, and three examples to be made one's own.

Each is put into the catalogue once in the life of an installation, told apart by its name here: a later version may
add names, and never changes or brings back what a person has changed or deleted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from companion.ports.chat_commands import Command, ComputedName
from companion.ports.viewers import Role


def _computed(
    name: ComputedName,
    *aliases: str,
    role: Role = "everyone",
    cooldown: float = 5.0,
    viewer_cooldown: float = 0.0,
) -> Command:
    return Command(
        name=name,
        kind="computed",
        aliases=aliases,
        computed=name,
        role=role,
        cooldown=timedelta(seconds=cooldown),
        viewer_cooldown=timedelta(seconds=viewer_cooldown),
        builtin=True,
    )


def _example(name: str, template: str, *, cooldown: float = 5.0, viewer_cooldown: float = 0.0) -> Command:
    return Command(
        name=name,
        kind="static",
        template=template,
        cooldown=timedelta(seconds=cooldown),
        viewer_cooldown=timedelta(seconds=viewer_cooldown),
        builtin=True,
    )


# What is a viewer's own (a request, a position, a roll) must not be swallowed because somebody else just asked: those
# have a cooldown per viewer in place of the one that all share.
DEFAULTS: Final[tuple[Command, ...]] = (
    _computed("song"),
    _computed("queue"),
    _computed("sr", "songrequest", cooldown=0.0, viewer_cooldown=3.0),
    _computed("wrongsong", cooldown=0.0, viewer_cooldown=3.0),
    _computed("position", cooldown=0.0, viewer_cooldown=15.0),
    _computed("skip", role="moderator", cooldown=0.0),
    _computed("remove", role="moderator", cooldown=0.0),
    _computed("achievements", cooldown=1.0, viewer_cooldown=15.0),
    _computed("stats", cooldown=1.0, viewer_cooldown=15.0),
    _computed("raffle"),
    _computed("roll", cooldown=0.0, viewer_cooldown=60.0),
    _computed("raffleboard"),
    _computed("uptime"),
    _computed("commands"),
    _computed("set", cooldown=0.0),
    _computed("time"),
    _computed("hold", role="moderator", cooldown=0.0),
    _example("lurk", "{user} settles in for a quiet watch. Good to have you here.", cooldown=0.0, viewer_cooldown=60.0),
    _example("socials", "The links to everything else are in the panels below the stream."),
    _example("schedule", "The coming streams stand in the schedule on the channel page."),
)
