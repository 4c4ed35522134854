"""The voice over a chat in memory; time is the test's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest
import pytest_asyncio

from companion.chat.pace import ORDINARY, PRIVILEGED, WINDOW
from companion.chat.voice import LOOK_FOR, WAIT_FOR_ANSWER, Voice
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain, SayError, Sent
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotConfigured,
    ProviderUnavailable,
    RateLimited,
    RefreshDelayed,
    Refused,
    ServiceError,
)
from tests.fakes.chat import ANN, STREAMER, FakeChat, a_message
from tests.fakes.clock import START, FakeClock
from tests.fakes.twitch import ManualTimer

LOGGER = logging.getLogger("companion.test")
Outcome = Result[Sent, SayError]


class ClockTimer(ManualTimer):
    """Knows by the test's clock when it is due."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self._armed_at = 0.0

    def arm(self, delay: float, callback: Callable[[], None]) -> None:
        super().arm(delay, callback)
        self._armed_at = self._clock.monotonic()

    @property
    def due(self) -> float | None:
        return None if self.delay is None else self._armed_at + self.delay


class Rig:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.chat = FakeChat(clock)
        self.timer = ClockTimer(clock)
        self.supervisor = TaskSupervisor(LOGGER)
        self.privileged = True
        self.silent: str | None = None
        self.voice = Voice(
            api=self.chat,
            privileged=lambda: self.privileged,
            why_silent=lambda: self.silent,
            supervisor=self.supervisor,
            timer=self.timer,
            clock=clock,
            logger=LOGGER,
        )

    def begin(self, text: str = "Hello", *, patience: float = 10.0) -> asyncio.Task[Outcome]:
        task = self.supervisor.spawn(self.voice.say(text, patience=patience), name="somebody speaks")
        assert task is not None
        return task

    def ask(self, text: str, *, chat_id: str = "typed-1", viewer: object = STREAMER) -> asyncio.Task[bool]:
        assert viewer in (STREAMER, ANN)
        message = a_message(text, chat_id=chat_id, viewer=STREAMER if viewer is STREAMER else ANN)
        task = self.supervisor.spawn(self.voice.is_own(message), name="somebody listens")
        assert task is not None
        return task

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.chat.lines]

    async def pass_time(self, span: float) -> None:
        """Let the time go by, the timer firing whenever it is due."""
        end = self.clock.monotonic() + span
        await settle()
        while (due := self.timer.due) is not None and due <= end:
            self.clock.advance(max(due - self.clock.monotonic(), 0.001))
            self.timer.fire()
            await settle()
        self.clock.advance(max(0.0, end - self.clock.monotonic()))


async def settle(turns: int = 10) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest_asyncio.fixture
async def rig(clock: FakeClock) -> AsyncIterator[Rig]:
    rig = Rig(clock)
    yield rig
    rig.chat.may_answer.set()
    await rig.voice.stop(0.2)
    await settle()
    assert rig.supervisor.names() == ()
    assert rig.timer.delay is None


# ---- speaking


async def test_a_line_is_sent_and_known_as_ours(rig: Rig) -> None:
    assert await rig.voice.say("Hello", reply_to="chat-0") == Ok(Sent("sent-1", START))
    (line,) = rig.chat.lines
    assert (line.text, line.reply_to) == ("Hello", "chat-0")
    assert await rig.voice.is_own(rig.chat.as_heard(line))
    assert rig.timer.delay is None


async def test_lines_leave_one_at_a_time_and_in_order(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = [rig.begin(f"line {number}") for number in range(5)]
    await settle()
    assert rig.texts == ["line 0"]
    rig.chat.may_answer.set()
    await asyncio.gather(*said)
    assert rig.texts == [f"line {number}" for number in range(5)]


async def test_a_line_is_cut_and_is_never_a_command(rig: Rig) -> None:
    await rig.voice.say("!so " + "word " * 120)
    assert rig.texts[0].startswith("› !so word")
    assert len(rig.texts[0]) <= 500


async def test_nothing_to_say(rig: Rig) -> None:
    assert await rig.voice.say(" \u200b ") == Err(ChatRefused(Refused(400, "there is nothing to say")))
    assert rig.chat.calls == []


async def test_the_same_again_within_half_a_minute_reaches_its_reader(rig: Rig) -> None:
    for _ in range(3):
        assert isinstance(await rig.voice.say("No song plays."), Ok)
    assert rig.texts == ["No song plays.", "No  song plays.", "No song  plays."]
    await rig.pass_time(WINDOW)
    await rig.voice.say("No song plays.")
    assert rig.texts[-1] == "No song plays."


async def test_dropped_although_twitch_said_yes(rig: Rig) -> None:
    rig.chat.answers.append(ChatDropped("Your message was held for review."))
    assert await rig.voice.say("Hello") == Err(ChatDropped("Your message was held for review."))
    assert await rig.voice.say("Hello again") == Ok(Sent("sent-1", START))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Forbidden("banned"), ChatRefused(Forbidden("banned"))),
        (Refused(422, "too large"), ChatRefused(Refused(422, "too large"))),
        (NoAccess(NotConfigured()), ChatOff("There is no usable Twitch login just now.")),
        (NoAccess(RefreshDelayed("x", START)), ChatRefused(NoAccess(RefreshDelayed("x", START)))),
    ],
)
async def test_what_is_certainly_not_said(rig: Rig, error: ServiceError, told: SayError) -> None:
    rig.chat.answers.append(error)
    assert await rig.voice.say("Hello") == Err(told)
    assert len(rig.chat.calls) == 1


async def test_without_a_permission_nothing_leaves(rig: Rig) -> None:
    rig.silent = "Chat needs another permission."
    assert await rig.voice.say("Hello") == Err(ChatOff("Chat needs another permission."))
    assert rig.chat.calls == []


# ---- limits


@pytest.mark.parametrize(("privileged", "limit"), [(True, PRIVILEGED), (False, ORDINARY)])
async def test_the_limit_is_kept(rig: Rig, privileged: bool, limit: int) -> None:
    rig.privileged = privileged
    said = [rig.begin(f"line {number}", patience=40) for number in range(limit + 5)]
    await settle(limit * 3)
    assert len(rig.chat.lines) == limit
    await rig.pass_time(WINDOW - 0.1)
    assert len(rig.chat.lines) == limit
    await rig.pass_time(0.2)
    await asyncio.gather(*said)
    assert len(rig.chat.lines) == limit + 5


async def test_who_has_no_patience_learns_at_once_when_there_is_room(rig: Rig) -> None:
    rig.privileged = False
    for number in range(ORDINARY):
        await rig.voice.say(f"line {number}")
    assert await rig.voice.say("one more", patience=10) == Err(ChatBusy(START + timedelta(seconds=WINDOW)))
    assert len(rig.chat.calls) == ORDINARY


async def test_patience_ends_while_an_answer_is_slow(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    first = rig.begin("first")
    second = rig.begin("second", patience=3)
    await rig.pass_time(2.9)
    assert not second.done()
    await rig.pass_time(0.2)
    assert isinstance(second.result(), Err)
    rig.chat.may_answer.set()
    await first
    assert rig.texts == ["first"]


async def test_what_the_streamer_types_counts_too(rig: Rig) -> None:
    rig.privileged = False
    for number in range(ORDINARY):
        message = a_message(f"typed {number}", chat_id=f"typed-{number}", viewer=STREAMER)
        rig.voice.heard(message)
        rig.voice.heard(message)
        rig.voice.heard(a_message("hello", chat_id=f"ann-{number}"))
    assert isinstance(await rig.voice.say("Hello", patience=10), Err)
    said = rig.begin("Hello", patience=40)
    await rig.pass_time(WINDOW + 0.1)
    assert said.result() == Ok(Sent("sent-1", START + timedelta(seconds=WINDOW)))


async def test_our_own_line_counts_once_however_often_it_is_told_of_before_its_answer(rig: Rig) -> None:
    """EventSub is often quicker than the answer, and the inbox asks twice: when it stores, and when it works."""
    rig.privileged = False
    for number in range(ORDINARY):
        rig.chat.may_answer.clear()
        saying = rig.begin(f"Line {number}", patience=0.0)
        await settle()
        message = rig.chat.as_heard(rig.chat.lines[-1])
        rig.voice.heard(message)
        rig.voice.heard(message)
        rig.chat.may_answer.set()
        assert isinstance(await saying, Ok), number
    assert isinstance(await rig.begin("One more", patience=0.0), Err)


async def test_after_429_the_line_goes_once_more_if_there_is_patience(rig: Rig) -> None:
    rig.chat.answers.append(RateLimited(START + timedelta(seconds=4)))
    said, next_one = rig.begin("Hello"), rig.begin("Next")
    await rig.pass_time(3.9)
    assert len(rig.chat.calls) == 1
    await rig.pass_time(0.2)
    await asyncio.gather(said, next_one)
    assert rig.texts == ["Hello", "Next"]


async def test_after_429_without_patience(rig: Rig) -> None:
    rig.chat.answers.append(RateLimited(START + timedelta(seconds=20)))
    assert await rig.voice.say("Hello") == Err(ChatBusy(START + timedelta(seconds=20)))
    assert await rig.voice.say("Next") == Err(ChatBusy(START + timedelta(seconds=20)))
    assert len(rig.chat.calls) == 1


async def test_a_caller_who_goes_away_takes_the_waiting_line_along(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    first, second, third = rig.begin("first"), rig.begin("second"), rig.begin("third")
    await settle()
    second.cancel()
    await settle()
    rig.chat.may_answer.set()
    await asyncio.gather(first, third)
    assert rig.texts == ["first", "third"]


async def test_a_caller_who_goes_away_in_mid_sending_leaves_a_line_that_is_still_ours(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = rig.begin("first")
    await settle()
    said.cancel()
    await settle()
    rig.chat.may_answer.set()
    await settle()
    assert await rig.voice.is_own(rig.chat.as_heard(rig.chat.lines[0]))


# ---- lost answers


async def test_a_lost_answer_is_found_in_chat(rig: Rig) -> None:
    rig.chat.answers.append("lost")
    said = rig.begin("Hello")
    await rig.pass_time(4)
    assert not said.done()
    message = rig.chat.as_heard(rig.chat.lines[0])
    assert await rig.voice.is_own(message)
    await settle()
    assert said.result() == Ok(Sent("sent-1", message.sent_at))
    assert len(rig.chat.calls) == 1


async def test_the_message_may_come_before_the_answer_is_lost(rig: Rig) -> None:
    rig.chat.answers.append("lost")
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    rig.voice.heard(rig.chat.as_heard(rig.chat.lines[0]))
    assert not said.done()
    rig.chat.may_answer.set()
    await settle()
    assert said.result() == Ok(Sent("sent-1", START))


@pytest.mark.expected_logs("not seen in chat")
@pytest.mark.parametrize(
    "error", [NetworkDown("no answer"), ProviderUnavailable(503, "trouble"), MalformedAnswer("helix")]
)
async def test_what_was_never_seen_is_uncertain_and_never_sent_again(rig: Rig, error: ServiceError) -> None:
    rig.chat.answers.append(error)
    said = rig.begin("Hello")
    await rig.pass_time(LOOK_FOR - 0.1)
    assert not said.done()
    await rig.pass_time(0.2)
    assert said.result() == Err(ChatUncertain())
    await rig.pass_time(60)
    assert rig.chat.calls == ["Hello"]


@pytest.mark.expected_logs("not seen in chat")
async def test_other_messages_are_not_taken_for_the_lost_one(rig: Rig) -> None:
    rig.chat.answers.append(NetworkDown("no answer"))
    said = rig.begin("Hello")
    await settle()
    for message in (
        a_message("Hello", chat_id="1", viewer=ANN),
        a_message("Hello there", chat_id="2", viewer=STREAMER),
        a_message("Hello", chat_id="3", viewer=STREAMER, from_other_channel=True),
        a_message("@Ann Hello", chat_id="4", viewer=STREAMER, reply_to="chat-0"),
    ):
        assert not await rig.voice.is_own(message)
    await rig.pass_time(LOOK_FOR + 0.1)
    assert said.result() == Err(ChatUncertain())


async def test_a_reply_is_found_under_the_name_that_twitch_puts_before_it(rig: Rig) -> None:
    rig.chat.answers.append("lost")
    task = rig.supervisor.spawn(rig.voice.say("Hello", reply_to="chat-0"), name="somebody answers")
    await settle()
    rig.voice.heard(a_message("@Ann Hello", chat_id="sent-1", viewer=STREAMER, reply_to="chat-0"))
    assert task is not None
    assert await task == Ok(Sent("sent-1", START))


@pytest.mark.expected_logs("not seen in chat")
async def test_two_lost_lines_are_told_apart_and_hold_up_nobody(rig: Rig) -> None:
    rig.chat.answers.extend(["lost", NetworkDown("no answer"), None])
    first, second, third = rig.begin("Hello you"), rig.begin("Hello you"), rig.begin("Third")
    await settle()
    assert third.result() == Ok(Sent("sent-2", START))
    rig.voice.heard(rig.chat.as_heard(rig.chat.lines[0]))
    await settle()
    assert first.result() == Ok(Sent("sent-1", START))
    await rig.pass_time(LOOK_FOR + 0.1)
    assert second.result() == Err(ChatUncertain())


# ---- ours or not


async def test_the_streamers_own_command_is_not_ours(rig: Rig) -> None:
    await rig.voice.say("Hello")
    assert not await rig.voice.is_own(a_message("!skip", chat_id="typed-1", viewer=STREAMER, role="broadcaster"))
    assert not await rig.voice.is_own(a_message("Hello", chat_id="typed-2", viewer=STREAMER))


async def test_a_message_of_the_account_waits_for_the_answer_under_way(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    ours, typed, anns = rig.ask("Hello", chat_id="sent-1"), rig.ask("!skip"), rig.ask("Hi", viewer=ANN, chat_id="a")
    await settle()
    assert anns.result() is False
    assert not ours.done()
    assert not typed.done()
    rig.chat.may_answer.set()
    await said
    assert (await ours, await typed) == (True, False)


async def test_the_wait_ends_after_five_seconds(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    typed, likely = rig.ask("!skip"), rig.ask("Hello", chat_id="sent-1")
    await rig.pass_time(WAIT_FOR_ANSWER - 0.1)
    assert not typed.done()
    await rig.pass_time(0.2)
    assert (typed.result(), likely.result(), said.done()) == (False, True, False)


async def test_the_same_words_typed_while_ours_are_under_way(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    typed = rig.ask("Hello")
    await settle()
    rig.chat.may_answer.set()
    assert await said == Ok(Sent("sent-1", START))
    assert not await typed
    assert await rig.voice.is_own(rig.chat.as_heard(rig.chat.lines[0]))


async def test_a_listener_who_goes_away_leaves_nothing_behind(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    typed = rig.ask("!skip")
    await settle()
    typed.cancel()
    rig.chat.may_answer.set()
    await said
    await rig.pass_time(10)


# ---- hold and stop


async def test_on_hold_nothing_leaves_and_what_waits_is_answered(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    first, second = rig.begin("first"), rig.begin("second")
    await settle()
    rig.voice.set_held(True)
    held = Err(ChatOff("Everything is on hold.", held=True))
    assert await second == held
    assert await rig.voice.say("third") == held
    rig.chat.may_answer.set()
    assert await first == Ok(Sent("sent-1", START))
    rig.voice.set_held(False)
    assert isinstance(await rig.voice.say("fourth"), Ok)
    assert rig.texts == ["first", "fourth"]


async def test_a_line_refused_for_haste_does_not_leave_while_on_hold(rig: Rig) -> None:
    rig.chat.answers.append(RateLimited(START + timedelta(seconds=2)))
    rig.chat.may_answer.clear()
    said = rig.begin("Hello")
    await settle()
    rig.voice.set_held(True)
    rig.chat.may_answer.set()
    assert await said == Err(ChatBusy(START + timedelta(seconds=2)))
    await rig.pass_time(5)
    assert len(rig.chat.calls) == 1


async def test_stopping_waits_for_the_answer_under_way(rig: Rig) -> None:
    rig.chat.may_answer.clear()
    first, second = rig.begin("first"), rig.begin("second")
    await settle()
    asyncio.get_running_loop().call_later(0.01, rig.chat.may_answer.set)
    await rig.voice.stop(2)
    assert await first == Ok(Sent("sent-1", START))
    assert await second == Err(ChatOff("Companion is stopping."))
    assert await rig.voice.say("third") == Err(ChatOff("Companion is stopping."))


async def test_stopping_does_not_wait_for_ever(rig: Rig) -> None:
    rig.chat.answers.append("lost")
    lost = rig.begin("lost")
    await settle()
    rig.chat.may_answer.clear()
    slow = rig.begin("slow")
    await settle()
    typed = rig.ask("!skip")
    await settle()
    await rig.voice.stop(0.02)
    assert await lost == Err(ChatUncertain())
    assert await slow == Err(ChatUncertain())
    assert not await typed
    await rig.voice.stop()


async def test_a_supervisor_that_is_closed_starts_nothing(rig: Rig) -> None:
    said = rig.begin("Hello")
    rig.supervisor.close()
    assert await said == Err(ChatOff("Companion is stopping."))
    assert rig.chat.calls == []


@pytest.mark.expected_logs("task failed", "not seen in chat")
async def test_a_bug_in_the_api_is_a_lost_answer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(text: str, *, reply_to: str | None = None) -> Result[Sent, ChatDropped | ServiceError]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.chat, "send_message", broken)
    said = rig.begin("Hello")
    await rig.pass_time(LOOK_FOR + 0.1)
    assert await said == Err(ChatUncertain())
