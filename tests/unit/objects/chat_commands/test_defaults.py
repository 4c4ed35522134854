"""Defaults: offered once, never in the way of what a person has done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.chat_commands import rules
from companion.objects.chat_commands.catalogue import Catalogue
from companion.objects.chat_commands.defaults import DEFAULTS
from companion.ports.chat_commands import Command, ComputedName
from tests.unit.objects.chat_commands.shop import Shop

NEW = Command("dance", "static", template="{user} dances", aliases=("jig", "hop"), builtin=True)


async def test_a_fresh_installation_has_every_computed_command_and_three_examples(shop: Shop) -> None:
    await shop.restart(DEFAULTS)
    assert set(shop.names()) == {*get_args(ComputedName), "lurk", "socials", "schedule"}
    commands = shop.commands.list_commands()
    assert all(command.builtin and command.enabled for command in commands)
    assert {command.name for command in commands if command.role == "moderator"} == {"skip", "remove", "hold"}
    song = shop.commands.find("song")
    assert song is not None
    assert (song.cooldown, song.viewer_cooldown) == (timedelta(seconds=5), timedelta(0))


def test_every_default_would_be_taken_from_a_person_too() -> None:
    for default in DEFAULTS:
        assert rules.in_form(default) == Ok(default)
    assert len(Catalogue.of({it.name: it for it in DEFAULTS}, {}).index) == sum(1 + len(it.aliases) for it in DEFAULTS)


async def test_what_was_changed_or_deleted_stays_so(shop: Shop) -> None:
    await shop.restart(DEFAULTS)
    lurk = shop.commands.find("lurk")
    assert lurk is not None
    expect_ok(await shop.commands.update("lurk", replace(lurk, template="Quiet now")))
    expect_ok(await shop.commands.delete("socials"))
    expect_ok(await shop.commands.update("song", Command("track", "computed", computed="song")))
    later = [replace(it, template="another text") if it.kind == "static" else it for it in DEFAULTS]
    await shop.restart([*later, NEW])
    assert "socials" not in shop.names() and "song" not in shop.names()
    assert {"track", "dance"} <= set(shop.names())
    lurk = shop.commands.find("lurk")
    assert lurk is not None and lurk.template == "Quiet now" and lurk.builtin
    schedule = shop.commands.find("schedule")
    assert schedule is not None and schedule.template != "another text"


async def test_a_new_default_leaves_taken_names_alone_for_good(shop: Shop) -> None:
    await shop.add(Command("mine", "static", template="x", aliases=("dance",)))
    await shop.add(Command("hop", "static", template="x"))
    await shop.restart([NEW, replace(NEW, name="jump")])
    assert shop.names() == ["hop", "jump", "mine"]
    jump = shop.commands.find("jump")
    assert jump is not None and jump.aliases == ("jig",)
    expect_ok(await shop.commands.delete("mine"))
    await shop.restart()
    assert shop.names() == ["hop", "jump"]


async def test_a_deleted_default_may_be_made_again_by_hand(shop: Shop) -> None:
    await shop.restart(DEFAULTS)
    expect_ok(await shop.commands.delete("time"))
    assert not isinstance(await shop.commands.create(Command("time", "computed", computed="time")), Err)
    await shop.restart()
    time = shop.commands.find("time")
    assert time is not None and not time.builtin
