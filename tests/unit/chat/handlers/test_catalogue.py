"""!commands, !set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.kernel.result import Err, expect_ok
from companion.ports.chat_commands import Command
from companion.ports.viewers import Role
from tests.fakes.show import ANN, BO
from tests.unit.chat.hall import MOD, STREAMER, Hall

FALLS = Command("falls", "counter", template="{count}")
MOOD = Command("mood", "dynamic", template="{value}", set_role="vip")


def listed(reply: str | None) -> set[str]:
    assert reply is not None
    return set(reply.partition("you can use ")[2].split())


async def test_commands_lists_what_the_asker_may_use(hall: Hall) -> None:
    await hall.add(
        Command("secret", "static", template="x", role="vip"), Command("off", "static", template="x", enabled=False)
    )
    everyone = listed(await hall.say("!commands"))
    assert {"!song", "!sr", "!lurk"} <= everyone
    assert everyone.isdisjoint({"!skip", "!remove", "!hold", "!secret", "!off"})
    assert "!secret" in listed(await hall.say("!commands", role="vip"))
    assert {"!skip", "!hold", "!secret"} <= listed(await hall.say("!commands", MOD, "moderator"))


async def test_set_is_listed_for_those_who_may_set_something(hall: Hall) -> None:
    assert "!set" not in listed(await hall.say("!commands", STREAMER, "broadcaster"))
    await hall.add(MOOD)
    assert "!set" not in listed(await hall.say("!commands"))
    assert "!set" in listed(await hall.say("!commands", role="vip"))


async def test_a_long_list_says_how_many_more(hall: Hall) -> None:
    await hall.add(*(Command(f"command-number-{n}", "static", template="x") for n in range(60)))
    reply = await hall.say("!commands")
    assert reply is not None and len(reply) <= 450
    shown = reply.count("!")
    assert reply.endswith(f"and {60 + 16 - shown} more")


async def test_no_commands_at_all(hall: Hall) -> None:
    for command in hall.commands.list_commands():
        expect_ok(await hall.commands.update(command.name, replace(command, role="moderator")))
    lists = hall.commands.find("commands")
    assert lists is not None
    expect_ok(await hall.commands.update("commands", replace(lists, role="everyone", name="help")))
    assert await hall.say("!help") == "Ann: you can use !help"


async def test_set_a_value_and_a_counter(hall: Hall) -> None:
    await hall.add(FALLS, MOOD)
    assert (
        await hall.say("!set mood  quite\tgood {user}", MOD, "moderator")
        == "Mod_Example: mood is now quite good {user}"
    )
    assert await hall.say("!mood") == "Ann: quite good {user}"
    assert await hall.say("!set !FALLS 41", MOD, "moderator") == "Mod_Example: falls is now 41"
    assert await hall.say("!falls") == "Ann: 42"


async def test_set_happens_once(hall: Hall) -> None:
    await hall.add(FALLS)
    message = hall.message("!set falls 5", MOD, "moderator")
    await hall.take(message)
    await hall.say("!falls")
    await hall.take(message)
    await hall.restart()
    await hall.take(message)
    value = hall.commands.value("falls")
    assert value is not None and value.count == 6


@pytest.mark.parametrize(
    "role, may", [("everyone", False), ("subscriber", False), ("vip", True), ("broadcaster", True)]
)
async def test_who_may_set_is_the_commands_own_matter(hall: Hall, role: Role, may: bool) -> None:
    await hall.add(MOOD)
    assert (await hall.say("!set mood fine", ANN, role) is not None) is may
    value = hall.commands.value("mood")
    assert value is not None and (value.text == "fine") is may


@pytest.mark.parametrize(
    "text, words",
    [
        ("!set", "say what to set"),
        ("!set nobody 1", "there is no command called nobody."),
        ("!set song 1", "song has no value to set."),
        ("!set falls", "as in !set falls 0."),
        ("!set mood", "as in !set mood words."),
        ("!set falls many", "takes a whole number"),
        ("!set mood " + "x" * 401, "at most 400"),
    ],
)
async def test_what_cannot_be_set_is_explained_to_moderators(hall: Hall, text: str, words: str) -> None:
    await hall.add(FALLS, MOOD)
    reply = await hall.say(text, MOD, "moderator")
    assert reply is not None and reply.startswith("Mod_Example: ") and words in reply


@pytest.mark.parametrize("text", ["!set", "!set nobody 1", "!set song 1", "!set falls 1"])
async def test_everybody_else_hears_nothing(hall: Hall, text: str) -> None:
    await hall.add(FALLS)
    assert await hall.say(text, BO, "vip") is None


@pytest.mark.expected_logs("storage failed")
async def test_what_cannot_be_stored_comes_again(hall: Hall) -> None:
    await hall.add(FALLS)
    with hall.rig.transactions.begin() as tx:
        tx.session.connection().exec_driver_sql("ALTER TABLE chat_command_values RENAME TO away")
    message = hall.message("!set falls 5", MOD, "moderator")
    assert isinstance(await hall.take(message), Err)
    assert isinstance(await hall.take(hall.message("!falls", MOD, "moderator")), Err)
    with hall.rig.transactions.begin() as tx:
        tx.session.connection().exec_driver_sql("ALTER TABLE away RENAME TO chat_command_values")
    assert await hall.hear(message) == "Mod_Example: falls is now 5"
