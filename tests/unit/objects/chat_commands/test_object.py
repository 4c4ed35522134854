"""The catalogue: names, kinds, restarts, damage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.chat_commands import rules
from companion.objects.chat_commands.tables import ChatCommandRow, ChatValueRow
from companion.ports.chat_commands import BadCommand, Command, NameTaken, NoSuchCommand
from companion.ports.failures import StorageFailed
from companion.runtime.tables import SetAsideRow
from companion.runtime.transactions import session_of
from tests.unit.objects.chat_commands.shop import Shop

HELLO = Command("hello", "static", template="Hello {user}", aliases=("hi",))


async def test_a_command_is_found_by_name_and_alias_in_any_case(shop: Shop) -> None:
    created = await shop.add(replace(HELLO, name="!Hello ", aliases=("HI", "hi")))
    assert (created.name, created.aliases) == ("hello", ("hi",))
    for name in ("hello", "HELLO", "!Hi", "hi"):
        assert shop.commands.find(name) == created
    assert shop.commands.find("hallo") is None


async def test_every_change_is_told_and_nothing_else(shop: Shop) -> None:
    await shop.add(HELLO)
    await shop.commands.create(HELLO)  # taken
    assert shop.changes == 1
    await shop.commands.update("hello", replace(HELLO, name="falls", aliases=(), kind="counter", template="{count}"))
    await shop.commands.count_up("falls", once="m1")
    await shop.commands.count_up("falls", once="m1")
    assert shop.changes == 3
    await shop.commands.set_value("falls", "7")
    await shop.commands.delete("falls")
    await shop.commands.delete("falls")
    assert shop.changes == 5


async def test_the_catalogue_outlives_a_restart(shop: Shop) -> None:
    commands = [
        HELLO,
        Command("mood", "dynamic", template="Mood: {value}", role="vip", set_role="broadcaster", enabled=False),
        Command("falls", "counter", template="{count}", cooldown=timedelta(seconds=1.5)),
        Command("now", "computed", computed="song", viewer_cooldown=timedelta(hours=24)),
        Command("fallshow", "static", template="{count} so far", value_of="falls"),
    ]
    for command in commands:
        await shop.add(command)
    before = shop.commands.list_commands()
    await shop.restart()
    assert shop.commands.list_commands() == before
    assert shop.names() == ["falls", "fallshow", "hello", "mood", "now"]
    assert shop.problem is None


@pytest.mark.parametrize("name", ["", "a b", "a" * 51, "größe", "a!b", "ſong", "a\nb", "!!"])
async def test_names_out_of_form_are_refused(shop: Shop, name: str) -> None:
    for command in (replace(HELLO, name=name), replace(HELLO, aliases=(name,))):
        refused = await shop.commands.create(command)
        assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
        assert "cannot be a command's name" in refused.error.detail


@pytest.mark.parametrize(
    "change, words",
    [
        ({"template": "{nobody}"}, "There is no {nobody}"),
        ({"template": " "}, "needs a text"),
        ({"template": "x" * 501}, "at most 500"),
        ({"template": "{count}"}, "needs a counter"),
        ({"template": "{value}"}, "needs a value"),
        ({"kind": "dynamic", "template": "{count}"}, "needs a counter"),
        ({"kind": "counter", "template": "{value}"}, "needs a value"),
        ({"kind": "rude"}, "no kind"),
        ({"kind": "computed"}, "computes no"),
        ({"kind": "computed", "computed": "song"}, "no text of its own"),
        ({"kind": "computed", "computed": "weather", "template": ""}, "computes no"),
        ({"computed": "song"}, "Only a computed"),
        ({"role": "king"}, "no role"),
        ({"set_role": "king"}, "no role"),
        ({"cooldown": timedelta(seconds=-1)}, "cooldown"),
        ({"viewer_cooldown": timedelta(days=2)}, "cooldown"),
        ({"aliases": ("hello",)}, "the name already"),
        ({"aliases": tuple(f"a{n}" for n in range(11))}, "at most 10"),
        ({"value_of": "nothing"}, "No command keeps a value"),
        ({"kind": "counter", "value_of": "nothing"}, "No command keeps a value"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_sentence(
    shop: Shop, change: dict[str, object], words: str
) -> None:
    refused = await shop.commands.create(Command(**{**_fields(HELLO), **change}))  # type: ignore[arg-type] # wrong ones
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
    assert words in refused.error.detail
    assert shop.names() == []


async def test_names_and_aliases_are_given_once(shop: Shop) -> None:
    await shop.add(HELLO)
    other = Command("other", "static", template="x")
    assert await shop.commands.create(HELLO) == Err(NameTaken("hello"))
    assert await shop.commands.create(replace(other, name="hi")) == Err(NameTaken("hi"))
    assert await shop.commands.create(replace(other, aliases=("new", "HELLO"))) == Err(NameTaken("hello"))
    await shop.add(other)
    assert await shop.commands.update("other", replace(other, name="hi")) == Err(NameTaken("hi"))
    assert isinstance(await shop.commands.update("other", replace(other, aliases=("more",))), Ok)


async def test_a_command_is_renamed_and_found_by_its_alias(shop: Shop) -> None:
    await shop.add(HELLO)
    assert expect_ok(await shop.commands.update("hi", replace(HELLO, name="hey", aliases=("hello",)))).name == "hey"
    await shop.restart()
    assert shop.names() == ["hey"]
    found = shop.commands.find("hello")
    assert found is not None and found.name == "hey"
    assert shop.commands.find("hi") is None


async def test_what_is_not_there_cannot_be_changed(shop: Shop) -> None:
    assert await shop.commands.update("hello", HELLO) == Err(NoSuchCommand("hello"))
    assert await shop.commands.delete("hello") == Err(NoSuchCommand("hello"))


async def test_nobody_makes_a_builtin_one(shop: Shop) -> None:
    assert (await shop.add(replace(HELLO, builtin=True))).builtin is False


async def test_line_breaks_in_a_reply_become_blanks(shop: Shop) -> None:
    assert (await shop.add(replace(HELLO, template=" Hello\n{user}\t! "))).template == "Hello {user} !"


async def test_the_catalogue_is_full_at_some_point(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_COMMANDS", 1)
    await shop.add(HELLO)
    refused = await shop.commands.create(Command("other", "static", template="x"))
    assert isinstance(refused, Err) and isinstance(refused.error, BadCommand)
    assert isinstance(await shop.commands.update("hello", replace(HELLO, template="x")), Ok)


async def test_a_damaged_row_is_set_aside_and_the_others_stay(shop: Shop) -> None:
    await shop.add(HELLO)
    await shop.add(replace(HELLO, name="other", aliases=()))
    await shop.add(Command("falls", "counter", template="{count}"))
    with shop.rig.transactions.begin() as tx:
        session = session_of(tx)
        session.execute(update(ChatCommandRow).where(ChatCommandRow.name == "hello").values(template="{nobody}"))
        session.execute(update(ChatValueRow).values(text=b"\xff"))
    await shop.restart()
    assert shop.names() == ["falls", "other"]
    assert shop.count("falls") == 0
    assert shop.problem is not None and "hello" in shop.problem and "falls" in shop.problem
    with shop.rig.transactions.begin() as tx:
        aside = session_of(tx).scalars(select(SetAsideRow.source)).all()
    assert sorted(aside) == ["chat_command_values/falls", "chat_commands/hello"]
    await shop.restart()
    assert shop.problem is None


@pytest.mark.expected_logs("storage failed")
async def test_what_cannot_be_stored_is_not_in_the_catalogue(shop: Shop) -> None:
    await shop.add(HELLO)
    with shop.rig.transactions.begin() as tx:
        session_of(tx).connection().exec_driver_sql("DROP TABLE chat_commands")
    refused = await shop.commands.create(replace(HELLO, name="other", aliases=()))
    assert isinstance(refused, Err) and isinstance(refused.error, StorageFailed)
    assert shop.names() == ["hello"]


def _fields(command: Command) -> dict[str, object]:
    return {name: getattr(command, name) for name in Command.__dataclass_fields__}
