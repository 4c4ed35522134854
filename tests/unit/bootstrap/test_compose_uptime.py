"""A machine whose clock is two hours fast, on the whole graph: window, page and chat tell the uptime as it is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from companion.kernel.instant import Instant, SystemClock, parse_instant
from companion.simulator.chat_room import Line
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.testing import RunningSimulator
from tests.helpers.waiting import until
from tests.unit.bootstrap.rig import Rig, running

FAST = timedelta(hours=2)
A_MOMENT = timedelta(minutes=1)


class FastClock(SystemClock):
    def now(self) -> Instant:
        return super().now() + FAST


def on_the_page(rig: Rig) -> Instant:
    """Since when the stream is live, as a page that connects now learns."""
    _, snapshot = rig.graph.stream.hub._feed.greet(None, at=rig.clock.now(), assets="")
    return parse_instant(json.loads(snapshot)["states"]["live"]["started_at"])


async def test_window_page_and_chat_tell_the_uptime_as_it_is(tmp_path: Path, simulator: RunningSimulator) -> None:
    async with running(tmp_path, simulator=simulator.base_url, clock=FastClock()) as rig:
        await rig.sign_in("twitch")
        eventsub = rig.graph.ears.eventsub
        await until(lambda: "channel.chat.message" in eventsub.status().subscriptions, what="chat is heard")
        await simulator.go_online()
        await until(rig.graph.stream.lifecycle.get_is_live, what="live")

        since = rig.graph.application.snapshot().stream.started_at
        assert since is not None and abs(rig.clock.now() - since) < A_MOMENT
        assert abs(rig.clock.now() - on_the_page(rig)) < A_MOMENT

        streamer = TWITCH_PEOPLE[rig.graph.logins.streamer_id() or ""]
        await simulator.channel.room.show(Line(sender=streamer, text="!uptime", by="viewer"))

        def answers() -> list[str]:
            shown = (str(entry["text"]) for entry in simulator.ledger.find(["chat_shown"]))
            return [text for text in shown if "the stream is live for" in text]

        await until(lambda: bool(answers()), what="the streamer is answered")
        assert "live for 2 h" not in answers()[0]
