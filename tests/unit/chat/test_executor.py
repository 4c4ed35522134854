"""Which messages are answered, by whom, and how the line looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from companion.chat.lines import prepare
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.chat import ChatDropped, ChatUncertain
from companion.ports.chat_commands import Command
from companion.ports.viewers import Role, Viewer
from tests.fakes.show import ANN, BO
from tests.unit.chat.hall import MOD, STREAMER, Hall

HELLO = Command("hello", "static", template="Hello there", aliases=("hi",))


@pytest.mark.parametrize("text", ["!!!", "! hello", "", "hello", "so !hello", "!nobody", "!hello.", "!" + "h" * 501])
async def test_silence(hall: Hall, text: str) -> None:
    await hall.add(HELLO)
    assert await hall.say(text) is None


@pytest.mark.parametrize("text", ["!hello", "!HELLO", " !Hi  ", "!hello everybody", "!hello \U000e0000"])
async def test_an_answer_is_a_reply_with_the_name_first(hall: Hall, text: str) -> None:
    await hall.add(HELLO)
    assert await hall.say(text) == "Ann: Hello there"


async def test_a_disabled_command_is_silent(hall: Hall) -> None:
    await hall.add(replace(HELLO, enabled=False))
    assert await hall.say("!hello", STREAMER, "broadcaster") is None


@pytest.mark.parametrize("needed", ["subscriber", "vip", "moderator", "broadcaster"])
async def test_roles(hall: Hall, needed: Role) -> None:
    ranks: tuple[Role, ...] = ("everyone", "subscriber", "vip", "moderator", "broadcaster")
    await hall.add(replace(HELLO, role=needed))
    for role in ranks:
        answered = await hall.say("!hello", role=role) is not None
        assert answered is (ranks.index(role) >= ranks.index(needed))


async def test_cooldowns(hall: Hall) -> None:
    await hall.add(HELLO)
    assert await hall.hear(hall.message("!hello")) is not None
    hall.clock.advance(4.9)
    assert await hall.hear(hall.message("!hi", BO)) is None
    assert await hall.hear(hall.message("!hello", MOD, "moderator")) is not None
    hall.clock.advance(0.1)
    assert await hall.hear(hall.message("!hello", BO)) is not None


async def test_a_message_out_of_another_channel_is_no_command(hall: Hall) -> None:
    message = replace(hall.message("!skip", STREAMER, "broadcaster"), from_other_channel=True)
    assert await hall.hear(message) is None
    assert hall.queue.skips == 0


async def test_our_own_lines_are_known_by_their_id_and_the_streamers_own_skip_works(hall: Hall) -> None:
    ours = hall.message("!skip", STREAMER, "broadcaster")
    hall.own.add(ours.chat_id)
    assert await hall.hear(ours) is None
    assert hall.queue.skips == 0
    assert await hall.say("!skip", STREAMER, "broadcaster") is not None
    assert hall.queue.skips == 1


@pytest.mark.parametrize(
    "viewer, name",
    [
        (Viewer("1", "x", "<script>alert(1)</script>"), "<script>alert(1)</script>"),
        (Viewer("1", "x", "\u202eevil\u2066"), "evil"),
        (Viewer("1", "x", "שרה\u200f"), "שרה"),
        (Viewer("1", "x", "🎺" * 25), "🎺" * 25),
        (Viewer("1", "x", "{user}{random:a|b}"), "{user}{random:a|b}"),
        (Viewer("1", "ann", "aNN"), "aNN"),
    ],
)
async def test_odd_display_names_do_not_break_a_reply(hall: Hall, viewer: Viewer, name: str) -> None:
    await hall.add(HELLO, Command("hug", "static", template="{user} hugs {target} {args}"))
    assert await hall.say("!hello", viewer) == f"{name}: Hello there"
    assert await hall.say("!hug", viewer) == f"{name} hugs {name}"
    for text in ("!hello", "!hug", "!commands", "!uptime", "!stats", "!queue"):
        reply = await hall.say(text, viewer)
        assert reply is not None
        line = prepare(reply)
        assert line.startswith(name) and len(line) <= 500 and line.splitlines() == [line]


@pytest.mark.parametrize("mark", ["!", "/", "."])
async def test_no_reply_looks_like_a_command(hall: Hall, mark: str) -> None:
    await hall.add(
        Command("echo", "static", template="{args}"),
        Command("odd", "static", template=f"{mark}ban {{user}}"),
        Command("aim", "static", template="{target} {user}"),
    )
    assert await hall.say(f"!echo {mark}timeout ann") == f"Ann: {mark}timeout ann"
    assert await hall.say("!odd") == f"Ann: {mark}ban Ann"
    assert await hall.say(f"!aim {mark}ban") == f"Ann: {mark}ban Ann"


async def test_a_reply_of_more_than_500_signs_is_cut_by_the_voice_with_its_name_whole(hall: Hall) -> None:
    await hall.add(Command("long", "static", template="{args} {args}"))
    reply = await hall.say("!long " + "word " * 90)
    assert reply is not None and len(reply) > 500
    line = prepare(reply)
    assert line.startswith("Ann: word") and line.endswith("…") and len(line) <= 500


async def test_what_viewers_type_is_never_filled_in(hall: Hall) -> None:
    await hall.add(Command("echo", "static", template="{user} says {args}"))
    assert await hall.say("!echo {user} {{x}} {time:UTC}") == "Ann says {user} {{x}} {time:UTC}"


async def test_an_empty_reply_is_none(hall: Hall) -> None:
    await hall.add(Command("echo", "static", template="{args}"))
    assert await hall.say("!echo") is None


async def test_a_refused_reply_is_no_reason_to_come_again(hall: Hall) -> None:
    await hall.add(HELLO)
    for error in (ChatDropped("no links here"), ChatUncertain()):
        hall.voice.errors.append(error)
        assert await hall.say("!hello") is None


async def test_a_slow_voice_holds_up_no_other_message(hall: Hall) -> None:
    await hall.add(HELLO)
    first, second = hall.message("!hello", MOD, "moderator"), hall.message("!hello", STREAMER, "broadcaster")
    now = hall.clock.now()
    assert await hall.executor.handle(first, received_at=now) == Ok(None)
    assert await hall.executor.handle(second, received_at=now) == Ok(None)
    assert hall.voice.said == []
    await hall.rig.pass_time(0)
    assert hall.voice.said == ["Mod_Example: Hello there", "LanternHarbor: Hello there"]


async def test_on_hold_only_moderators_are_heard_and_only_to_release(hall: Hall) -> None:
    await hall.add(HELLO)
    assert await hall.say("!hold", ANN) is None
    assert not hall.world.hold.state().held
    assert await hall.say("!hold", MOD, "moderator") is None  # silent at once, itself included
    assert hall.world.hold.state().held and hall.world.hold.state().by == "Mod_Example"
    for text in ("!hello", "!skip", "!sr a song"):
        assert await hall.say(text, STREAMER, "broadcaster") is None
    assert await hall.say("!hold off", ANN) is None
    assert (hall.queue.skips, hall.starter.started) == (0, {})
    reply = await hall.say("!hold off", MOD, "moderator")
    assert reply == "Mod_Example: everything goes on where it stopped."
    assert await hall.say("!hello") is not None


async def test_hold_is_for_moderators_whatever_the_catalogue_says(hall: Hall) -> None:
    hold = hall.commands.find("hold")
    assert hold is not None
    expect_ok(await hall.commands.update("hold", replace(hold, role="everyone")))
    await hall.say("!hold", ANN, "vip")
    assert not hall.world.hold.state().held


# ---- at least once


async def test_a_reply_is_said_once_however_often_the_message_comes(hall: Hall) -> None:
    await hall.add(HELLO)
    message = hall.message("!hello")
    assert await hall.hear(message) is not None
    assert await hall.hear(message) is None
    await hall.restart()
    assert await hall.hear(message) is None


async def test_a_counter_counts_a_message_once(hall: Hall) -> None:
    await hall.add(Command("falls", "counter", template="{count} falls"))
    message = hall.message("!falls")
    assert await hall.hear(message) == "Ann: 1 falls"
    await hall.take(message)
    await hall.restart()
    await hall.take(message)
    assert await hall.say("!falls") == "Ann: 2 falls"


async def test_trouble_with_the_disk_brings_the_message_back_past_its_own_cooldown(hall: Hall) -> None:
    await hall.add(Command("falls", "counter", template="{count} falls"))
    message = hall.message("!falls")
    hall.receipts.failures = 1
    assert isinstance(await hall.take(message), Err)
    assert hall.voice.said == []
    assert await hall.hear(message) == "Ann: 1 falls"


async def test_a_crash_before_the_reply_was_claimed_loses_nothing(hall: Hall) -> None:
    await hall.add(Command("falls", "counter", template="{count} falls"))
    message = hall.message("!falls")
    hall.receipts.failures = 1
    assert isinstance(await hall.take(message), Err)
    await hall.crash()
    assert await hall.hear(message) == "Ann: 1 falls"


async def test_a_crash_after_the_claim_says_nothing_twice(hall: Hall) -> None:
    await hall.add(HELLO)
    message = hall.message("!hello")
    assert await hall.executor.handle(message, received_at=hall.clock.now()) == Ok(None)
    await hall.crash()
    assert await hall.hear(message) is None


async def test_late_questions_are_not_answered_and_late_deeds_are_done(hall: Hall) -> None:
    await hall.add(HELLO, Command("falls", "counter", template="{count} falls"))
    received = hall.clock.now()
    messages = [hall.message(text, BO) for text in ("!hello", "!song", "!queue", "!falls", "!sr a song", "!wrongsong")]
    hall.clock.advance(timedelta(minutes=2, seconds=1))
    for message in messages:
        assert await hall.take(message, received) == Ok(None)
    assert hall.voice.said == ["Bo_Example: 1 falls"]  # of requests and their end their runs tell
    assert list(hall.starter.started) == [messages[4].chat_id]
    assert ("remove", "redemption-2", "Bo_Example") in hall.world.asked


async def test_two_minutes_old_is_not_late(hall: Hall) -> None:
    await hall.add(HELLO)
    received = hall.clock.now()
    hall.clock.advance(120)
    await hall.take(hall.message("!hello"), received)
    assert hall.voice.said == ["Ann: Hello there"]


async def test_a_late_skip_or_remove_would_hit_another_song_and_is_not_done(hall: Hall) -> None:
    received = hall.clock.now()
    hall.clock.advance(121)
    for text in ("!skip", "!remove 1"):
        assert await hall.take(hall.message(text, MOD, "moderator"), received) == Ok(None)
    assert hall.queue.skips == 0
    assert len(hall.queue.shown.requests) == 5
    assert hall.voice.said == []
