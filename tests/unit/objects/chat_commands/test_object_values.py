"""Values and counters: shared by name, written once per chat message, never lost by a change of their source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.chat_commands.rules import HIGHEST_COUNT
from companion.ports.chat_commands import BadCommand, Command, NoSuchCommand, StoredValue, ValueShared
from tests.unit.objects.chat_commands.shop import Shop

FALLS = Command("falls", "counter", template="{count} falls")
MOOD = Command("mood", "dynamic", template="{value}")
FELL = Command("fell", "counter", template="{count}!", value_of="falls")
SHOW = Command("falltally", "static", template="{count}", value_of="falls")


async def test_a_counter_counts_and_is_set(shop: Shop) -> None:
    await shop.add(FALLS)
    assert shop.count("falls") == 0
    assert expect_ok(await shop.commands.count_up("falls")).count == 1
    assert expect_ok(await shop.commands.set_value("!Falls", " 41 ")).count == 41
    assert await shop.commands.count_up("falls") == Ok(StoredValue("falls", "", 42, ("falls",)))
    await shop.restart()
    assert shop.count("falls") == 42


async def test_a_value_is_set_on_one_line(shop: Shop) -> None:
    await shop.add(MOOD)
    assert expect_ok(await shop.commands.set_value("mood", " very\nfine  {user}")).text == "very fine {user}"
    await shop.restart()
    assert shop.text("mood") == "very fine {user}"


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "1e3", "٣", "1000000001", "9" * 30])
async def test_a_counter_takes_only_whole_numbers_in_bounds(shop: Shop, text: str) -> None:
    await shop.add(FALLS)
    refused = await shop.commands.set_value("falls", text)
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
    assert shop.count("falls") == 0


async def test_a_counter_stops_at_the_highest_number(shop: Shop) -> None:
    await shop.add(FALLS)
    expect_ok(await shop.commands.set_value("falls", str(HIGHEST_COUNT)))
    assert expect_ok(await shop.commands.count_up("falls")).count == HIGHEST_COUNT


async def test_a_value_has_a_longest_text(shop: Shop) -> None:
    await shop.add(MOOD)
    assert isinstance(await shop.commands.set_value("mood", "x" * 401), Err)
    assert isinstance(await shop.commands.set_value("mood", "🙂" * 400), Ok)


async def test_only_what_keeps_a_value_can_be_set(shop: Shop) -> None:
    await shop.add(Command("hello", "static", template="x"))
    await shop.add(FALLS)
    await shop.add(MOOD)
    await shop.add(SHOW)
    for name in ("hello", "falltally"):
        refused = await shop.commands.set_value(name, "1")
        assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
        assert await shop.commands.count_up(name) == Err(NoSuchCommand(name))
    assert await shop.commands.set_value("nobody", "1") == Err(NoSuchCommand("nobody"))
    assert await shop.commands.count_up("mood") == Err(NoSuchCommand("mood"))


async def test_the_same_chat_message_writes_once_even_after_a_restart(shop: Shop) -> None:
    await shop.add(FALLS)
    await shop.add(MOOD)
    expect_ok(await shop.commands.count_up("falls", once="chat-1"))
    assert expect_ok(await shop.commands.count_up("falls", once="chat-1")).count == 1
    expect_ok(await shop.commands.set_value("mood", "fine", once="chat-2"))
    expect_ok(await shop.commands.set_value("mood", "better"))
    assert expect_ok(await shop.commands.set_value("mood", "fine", once="chat-2")).text == "better"
    await shop.restart()
    assert expect_ok(await shop.commands.count_up("falls", once="chat-1")).count == 1
    assert expect_ok(await shop.commands.count_up("falls", once="chat-3")).count == 2


async def test_commands_share_a_counter(shop: Shop) -> None:
    for command in (FALLS, FELL, SHOW):
        await shop.add(command)
    expect_ok(await shop.commands.count_up("fell"))
    expect_ok(await shop.commands.count_up("falls"))
    assert shop.commands.value("falls") == StoredValue("falls", "", 2, ("falls", "falltally", "fell"))
    assert shop.commands.value("fell") is None


async def test_only_commands_of_one_kind_change_the_same_value(shop: Shop) -> None:
    await shop.add(FALLS)
    refused = await shop.commands.create(replace(MOOD, value_of="falls"))
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
    refused = await shop.commands.create(replace(SHOW, template="{value}"))
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)


async def test_the_source_of_a_shared_value_cannot_be_deleted(shop: Shop) -> None:
    for command in (FALLS, FELL, SHOW):
        await shop.add(command)
    assert await shop.commands.delete("falls") == Err(ValueShared("falls", ("falltally", "fell")))
    expect_ok(await shop.commands.delete("fell"))
    expect_ok(await shop.commands.delete("falltally"))
    expect_ok(await shop.commands.delete("falls"))
    await shop.restart()
    assert shop.names() == []
    assert shop.commands.value("falls") is None


async def test_a_deleted_counter_begins_again_at_zero(shop: Shop) -> None:
    await shop.add(FALLS)
    expect_ok(await shop.commands.count_up("falls"))
    expect_ok(await shop.commands.delete("falls"))
    await shop.add(FALLS)
    assert shop.count("falls") == 0


async def test_a_renamed_source_takes_its_value_and_its_users_along(shop: Shop) -> None:
    for command in (FALLS, FELL, SHOW):
        await shop.add(command)
    expect_ok(await shop.commands.count_up("falls"))
    expect_ok(await shop.commands.update("falls", replace(FALLS, name="tumbles", value_of="falls")))
    await shop.restart()
    assert shop.commands.value("tumbles") == StoredValue("tumbles", "", 1, ("falltally", "fell", "tumbles"))
    assert shop.commands.value("falls") is None
    expect_ok(await shop.commands.count_up("fell"))
    assert shop.count("tumbles") == 2


@pytest.mark.parametrize(
    "changed",
    [
        Command("falls", "static", template="x"),
        Command("falls", "dynamic", template="x"),
        Command("falls", "computed", computed="song"),
        Command("falls", "counter", template="x", value_of="other"),
    ],
)
async def test_a_source_keeps_its_value_while_others_use_it(shop: Shop, changed: Command) -> None:
    for command in (FALLS, FELL, Command("other", "counter", template="x")):
        await shop.add(command)
    refused = await shop.commands.update("falls", changed)
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
    assert "!fell" in refused.error.detail
    expect_ok(await shop.commands.delete("fell"))
    assert isinstance(await shop.commands.update("falls", changed), Ok)


async def test_editing_the_text_keeps_the_value(shop: Shop) -> None:
    stored = await shop.add(FALLS)
    expect_ok(await shop.commands.count_up("falls"))
    expect_ok(await shop.commands.update("falls", replace(stored, template="{count} times")))
    assert shop.count("falls") == 1
