"""What Twitch tells, through the whole graph: the inbox, the events, the achievements, the feed, chat."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, expect_ok
from companion.ports.achievements import Definition, Trigger
from companion.ports.chat import ChatOff
from companion.ports.events import DomainEvent, RaffleRolled, SongRequestSucceeded
from companion.ports.twitch import (
    ChatMessage,
    Cheered,
    Followed,
    Notification,
    Raided,
    Resubscribed,
    StreamOffline,
    StreamOnline,
    Subscribed,
    SubsGifted,
)
from companion.ports.viewers import Viewer
from companion.simulator.chat_room import Line
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.testing import RunningSimulator
from tests.helpers.waiting import until
from tests.unit.bootstrap.rig import Rig, running

ANN = Viewer("201", "ann", "Ann")
BO = Viewer("202", "bo", "Bo")


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path) as rig:
        yield rig


class Told:
    """Notifications, one after the other, as EventSub hands them over."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._number = 0
        self.at: Instant = rig.clock.now() - timedelta(hours=1)

    def stamp(self) -> tuple[str, Instant]:
        """Another message, a second later."""
        self._number += 1
        self.at += timedelta(seconds=1)
        return f"message-{self._number}", self.at

    async def tell(self, *notifications: Notification) -> None:
        await self._rig.graph.ears.watch.on_notifications(notifications)

    async def stream(self, name: str) -> None:
        """Another stream goes live."""
        lifecycle = self._rig.graph.stream.lifecycle
        if lifecycle.get_is_live():
            await self.tell(StreamOffline(*self.stamp()))
            await until(lambda: not lifecycle.get_is_live(), what="off air")
            expect_ok(await lifecycle.end_session())  # else it would be resumed
        message_id, at = self.stamp()
        await self.tell(StreamOnline(message_id, at, name, at))
        session = self._rig.graph.evening.objects.achievements._recorder
        await until(lambda: session.session is not None and session.session.started_at == at, what="a new session")

    def chat(self, viewer: Viewer, text: str, *, other: bool = False) -> ChatMessage:
        message_id, at = self.stamp()
        return ChatMessage(message_id, at, f"chat-{message_id}", viewer, text, "everyone", "", None, other, None)


@pytest.fixture
def told(rig: Rig) -> Told:
    return Told(rig)


def of(trigger: Trigger, threshold: int | None) -> Definition:
    return Definition(f"by_{trigger}", f"By {trigger}", "For doing it", "1f3c6", trigger, threshold, "cumulative")


async def unlocked(rig: Rig, viewer: Viewer) -> set[str]:
    found = await rig.graph.evening.objects.achievements.get_unlocked(viewer.user_id, limit=100)
    return {unlock.definition.id for unlock in found.value} if isinstance(found, Ok) else {str(found)}


async def test_every_trigger_is_reached_by_what_really_happens(rig: Rig, told: Told) -> None:
    thresholds: dict[Trigger, int | None] = {
        "follow": None, "sub": 2, "resub_months": 7, "gift_count": 6, "cheer_total": 300, "raid": 1,
        "chat_message": 2, "streams_attended": 2, "watch_streak": 2,
    }  # fmt: skip
    for trigger, threshold in thresholds.items():
        expect_ok(await rig.graph.evening.objects.achievements.save(of(trigger, threshold)))
    await told.stream("one")
    await told.tell(
        Followed(*told.stamp(), ANN),
        Subscribed(*told.stamp(), ANN, 1, is_gift=False),
        Resubscribed(*told.stamp(), ANN, 1, 7),
        SubsGifted(*told.stamp(), ANN, 1, 1),
        SubsGifted(*told.stamp(), ANN, 1, 5),
        Cheered(*told.stamp(), ANN, 100),
        Cheered(*told.stamp(), ANN, 200),
        Raided(*told.stamp(), ANN, 4),
        told.chat(ANN, "hello"),
        told.chat(ANN, "out of another channel", other=True),
    )
    first = {f"by_{trigger}" for trigger in thresholds} - {"by_chat_message", "by_streams_attended", "by_watch_streak"}

    async def has_first() -> bool:
        return await unlocked(rig, ANN) == first

    await until(has_first, what="everything of the first stream is unlocked")
    await told.stream("two")
    await told.tell(told.chat(ANN, "hello again"))

    async def has_all() -> bool:
        return await unlocked(rig, ANN) == {f"by_{trigger}" for trigger in thresholds}

    await until(has_all, what="everything is unlocked")


async def test_songs_and_rolls_reach_the_thirteen(rig: Rig, told: Told) -> None:
    """Their events are those of queue and raffle, here written straight into the outbox."""
    await told.stream("one")
    lifecycle, foundation = rig.graph.stream.lifecycle, rig.graph.foundation
    session_id = lifecycle.get_stream_state().session_id

    def happened(*events: DomainEvent) -> None:
        with foundation.transactions.begin() as tx:
            for event in events:
                foundation.bus.add(tx, event)

    def roll(number: int, distance: int, record: bool) -> RaffleRolled:
        event_id, at = told.stamp()
        return RaffleRolled(
            event_id=event_id, at=at, redemption_id=f"r-{number}", session_id=session_id, viewer_id=BO.user_id,
            viewer_name="Bo", epoch=1, roll=500, winning=500 + distance, distance=distance, won=distance == 0,
            new_record=record, entry=number, chain="0" * 64, prize="a wave",
        )  # fmt: skip

    def song(number: int) -> SongRequestSucceeded:
        event_id, at = told.stamp()
        return SongRequestSucceeded(
            event_id=event_id, at=at, request_id=f"s-{number}", session_id=session_id, viewer_id=ANN.user_id,
            viewer_name="Ann", track_id=f"{number:022}", title="Nine Windows", artists=("The Paper Boats",),
            source="reward",
        )  # fmt: skip

    await told.tell(told.chat(ANN, "hello"), told.chat(BO, "hello"))
    happened(*(song(number) for number in range(5)), roll(1, 42, record=True), roll(2, 0, record=False))
    songs = {"first_request", "stream_opener", "streak_3", "streak_5"}
    rolls = {"first_roll", "close_call", "closest_ever", "first_win"}

    async def all_unlocked() -> bool:
        return await unlocked(rig, ANN) == songs and await unlocked(rig, BO) == rolls

    await until(all_unlocked, what="what five songs and two rolls unlock")


async def test_a_gift_bomb_is_one_alert(rig: Rig, told: Told) -> None:
    seen: Counter[str] = Counter()
    rig.graph.foundation.bus.listen(lambda event: seen.update([event.kind]))
    await told.stream("one")
    gift = SubsGifted(*told.stamp(), ANN, 1, 5)
    bomb = [Subscribed(*told.stamp(), Viewer(str(n), f"v{n}", f"V{n}"), 1, is_gift=True) for n in range(300, 305)]
    await told.tell(*bomb[:2], gift, *bomb[2:], gift)
    assert (seen["gift"], seen["subscription"]) == (1, 0)
    assert [entry.text for entry in rig.graph.stream.feed.entries() if entry.kind in {"gift", "subscription"}] == [
        "Ann gave away 5 subscriptions."
    ]


def shown_hold(rig: Rig) -> bool:
    """What a page that connects now learns of the hold."""
    _, snapshot = rig.graph.stream.hub._feed.greet(None, at=rig.clock.now(), assets="")
    return bool(json.loads(snapshot)["states"]["hold"]["held"])


async def test_a_hold_outlives_a_restart_and_silences_everything_until_it_is_released(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        assert not shown_hold(first)
        expect_ok(await first.graph.evening.objects.hold.set(held=True, by="the test"))
        assert shown_hold(first)  # at once
    async with running(tmp_path) as rig:
        objects = rig.graph.evening.objects
        assert shown_hold(rig)
        assert await objects.voice.say("Hello") == Err(ChatOff("Everything is on hold.", held=True))
        told = Told(rig)
        await told.stream("one")
        raid = Raided(*told.stamp(), ANN, 4)
        await told.tell(raid)
        run = objects.sagas.get_run(raid.message_id)
        assert run is not None and [step.state for step in run.steps] == ["pending"] * 3
        expect_ok(await objects.hold.set(held=False, by="the test"))
        assert not shown_hold(rig)

        def goes_on() -> bool:
            now = objects.sagas.get_run(raid.message_id)
            return now is not None and now.steps[0].state != "pending"

        await until(goes_on, what="the raid's saga goes on where it stopped")


async def test_the_streamers_own_commands_work_and_our_own_lines_are_none(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    """We send as the streamer: only the message id tells our line from a command that was typed."""
    async with running(tmp_path, simulator=simulator.base_url) as rig:
        await rig.sign_in("twitch")
        eventsub = rig.graph.ears.eventsub
        await until(lambda: "channel.chat.message" in eventsub.status().subscriptions, what="chat is heard")
        streamer = TWITCH_PEOPLE[rig.graph.logins.streamer_id() or ""]
        objects = rig.graph.evening.objects
        heard: Counter[str] = Counter()
        rig.graph.foundation.bus.listen(lambda event: heard.update([event.kind]))

        def shown() -> list[str]:
            return [str(entry["text"]) for entry in simulator.ledger.find(["chat_shown"])]

        async def typed(text: str) -> None:
            await simulator.channel.room.show(Line(sender=streamer, text=text, by="viewer"))

        await typed("!uptime")
        await until(lambda: any("offline just now" in text for text in shown()), what="the streamer is answered")
        await typed("!hold")
        await until(lambda: objects.hold.state().held, what="the streamer may hold everything")
        await typed("!hold off")
        await until(lambda: any("goes on where it stopped" in text for text in shown()), what="released")
        await typed("the last word")
        # Six lines stand in chat under one name: three commands and a remark were typed, two are answers of ours.
        await until(lambda: heard["chat_message"] == 4, what="all of them are looked at")
        assert len(shown()) == 6 and not objects.hold.state().held
