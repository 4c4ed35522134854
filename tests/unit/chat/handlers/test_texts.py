"""Static, dynamic and counter commands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from companion.kernel.result import Ok, expect_ok
from companion.objects.chat_commands.tables import ChatCommandRow
from companion.ports.chat_commands import Command
from tests.fakes.show import BO
from tests.unit.chat.hall import Hall


async def told(hall: Hall, template: str, args: str = "") -> str | None:
    await hall.add(Command("test", "static", template=template))
    return await hall.say(f"!test {args}", BO)


@pytest.mark.parametrize(
    "template, args, reply",
    [
        ("Hi {user}", "", "Hi Bo_Example"),
        ("Hugs for {target}", "@Ann now", "Bo_Example: Hugs for Ann"),
        ("Hugs for {target}", "", "Bo_Example: Hugs for Bo_Example"),
        ("It says {args}", " a  b ", "Bo_Example: It says a b"),
        ("{random:heads|tails}", "", "Bo_Example: tails"),
        ("{time:UTC}", "", "Bo_Example: 01:00"),
        ("{song}", "", "Bo_Example: Lantern Season by The Paper Boats, Ines Vale"),
        ("{uptime} {viewers}", "", "Bo_Example: offline an unknown number of"),
        ("{{user}}", "", "Bo_Example: {user}"),
    ],
)
async def test_placeholders(hall: Hall, template: str, args: str, reply: str) -> None:
    assert await told(hall, template, args) == reply


async def test_uptime_and_viewers_while_live(hall: Hall) -> None:
    hall.stream.go_live(hall.clock.now() - timedelta(minutes=3), viewers=183)
    assert await told(hall, "{uptime}, {viewers} here") == "Bo_Example: 1 h 3 min, 183 here"


async def test_no_song(hall: Hall) -> None:
    hall.empty_queue()
    assert await told(hall, "Now: {song}") == "Bo_Example: Now: nothing"


async def test_a_shared_counter_is_shown_without_counting(hall: Hall) -> None:
    await hall.add(
        Command("falls", "counter", template="{count} falls"),
        Command("fell", "counter", template="Again! {count}", value_of="falls"),
        Command("tally", "static", template="{count} so far", value_of="falls"),
    )
    assert await hall.say("!tally") == "Ann: 0 so far"
    assert await hall.say("!falls") == "Ann: 1 falls"
    assert await hall.say("!fell") == "Ann: Again! 2"
    assert await hall.say("!tally") == "Ann: 2 so far"


async def test_a_value_that_was_not_set_is_silence(hall: Hall) -> None:
    await hall.add(Command("mood", "dynamic", template="{value}"))
    assert await hall.say("!mood") is None


async def test_a_value_is_not_a_template(hall: Hall) -> None:
    await hall.add(Command("mood", "dynamic", template="{value}!"))
    expect_ok(await hall.commands.set_value("mood", "{user} {random:a|b}"))
    assert await hall.say("!mood") == "Ann: {user} {random:a|b}!"


async def test_direction_marks_of_a_viewer_are_taken_out(hall: Hall) -> None:
    assert await told(hall, "{args} / {target}", "\u202eabc\u2066 def") == "Bo_Example: abc def / abc"


async def test_a_target_of_invisible_signs_is_the_asker(hall: Hall) -> None:
    assert await told(hall, "for {target}", "@\u2066 x") == "Bo_Example: for Bo_Example"


async def test_a_reply_that_is_damaged_on_disk_is_set_aside_at_the_start(hall: Hall) -> None:
    await hall.add(Command("test", "static", template="x"))
    with hall.rig.transactions.begin() as tx:
        tx.session.execute(update(ChatCommandRow).where(ChatCommandRow.name == "test").values(template="{"))
    assert hall.commands.load() is not None
    assert await hall.take(hall.message("!test")) == Ok(None)
    assert hall.voice.said == []
