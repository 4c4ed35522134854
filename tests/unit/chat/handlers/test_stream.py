"""!uptime, !time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from companion.chat.handlers.handler import Call, Reply
from companion.chat.handlers.stream import StreamHandlers, as_here
from companion.kernel.result import Ok
from companion.ports.chat_commands import Command
from tests.fakes.chat import a_message
from tests.fakes.chat_world import FakeStream
from tests.fakes.clock import FakeClock
from tests.unit.chat.hall import Hall

CALL = Call(Command("time", "computed", computed="time"), "", a_message("!time"))


async def test_uptime(hall: Hall) -> None:
    assert await hall.say("!uptime") == "Ann: the stream is offline just now."
    hall.stream.go_live(hall.clock.now() - timedelta(hours=1, minutes=14))
    assert await hall.say("!uptime") == "Ann: the stream is live for 2 h 14 min."


async def test_time_is_the_streamers_with_its_offset() -> None:
    zone = timezone(timedelta(hours=-3, minutes=-30))
    handlers = StreamHandlers(
        stream=FakeStream(),
        clock=FakeClock(datetime(2026, 1, 1, 2, 5, tzinfo=UTC)),
        localise=lambda instant: instant.astimezone(zone),
    )
    assert await handlers.time(CALL) == Ok(Reply("it is 22:35 for the streamer (UTC-03:30)."))


def test_here_is_this_computers_zone() -> None:
    instant = datetime(2026, 1, 1, 2, 5, tzinfo=UTC)
    here = as_here(instant)
    assert here == instant
    assert here.tzinfo is not None
