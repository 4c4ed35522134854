"""Random evenings of the voice: whatever is answered, lost, held or given up, its promises hold."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.chat.pace import ORDINARY
from companion.kernel.instant import seconds
from companion.kernel.result import Err, Ok
from companion.ports.chat import ChatDropped, ChatUncertain
from companion.ports.failures import Forbidden, MalformedAnswer, NetworkDown, RateLimited
from tests.fakes.clock import FakeClock
from tests.unit.chat.test_voice import Outcome, Rig, settle

FATES = ["well", "well", "well", "lost", "not sent", "malformed", "dropped", "refused", "too fast"]
STEPS = st.lists(
    st.tuples(st.just("say"), st.sampled_from([0.0, 3.0, 40.0]))
    | st.tuples(st.just("fate"), st.sampled_from(FATES))
    | st.tuples(st.just("pass"), st.sampled_from([0.0, 0.5, 4.0, 11.0, 32.0]))
    | st.tuples(st.sampled_from(["hold", "release", "hear", "slow", "quick", "cancel"]), st.just(0)),
    min_size=5,
    max_size=60,
)


class Evening:
    def __init__(self) -> None:
        self.rig = Rig(FakeClock())
        self.rig.privileged = False
        self.said: dict[str, asyncio.Task[Outcome]] = {}
        self.too_fast = 0
        self.heard = 0
        self.held_at: int | None = None

    async def step(self, name: str, value: object) -> None:
        rig = self.rig
        match name, value:
            case "say", float(patience):
                text = f"line-{len(self.said)}"
                self.said[text] = rig.begin(text, patience=patience)
                await settle(3)
            case "fate", str(fate):
                self.decide(fate)
            case "pass", float(span):
                await rig.pass_time(span)
            case "hold", _:
                rig.voice.set_held(True)
                await settle(3)
                self.held_at = len(rig.chat.calls)
            case "release", _:
                assert self.held_at in (None, len(rig.chat.calls)), "something left while on hold"
                self.held_at = None
                rig.voice.set_held(False)
            case "hear", _:
                for line in rig.chat.lines[self.heard :]:
                    rig.voice.heard(rig.chat.as_heard(line))
                self.heard = len(rig.chat.lines)
            case "slow", _:
                rig.chat.may_answer.clear()
            case "quick", _:
                rig.chat.may_answer.set()
            case _:
                waiting = [task for task in self.said.values() if not task.done()]
                if waiting:
                    waiting[-1].cancel()
        await settle(3)

    def decide(self, fate: str) -> None:
        match fate:
            case "lost":
                self.rig.chat.answers.append("lost")
            case "not sent":
                self.rig.chat.answers.append(NetworkDown("no answer"))
            case "malformed":
                self.rig.chat.answers.append(MalformedAnswer("helix"))
            case "dropped":
                self.rig.chat.answers.append(ChatDropped("no"))
            case "refused":
                self.rig.chat.answers.append(Forbidden("banned"))
            case "too fast":
                self.too_fast += 1
                self.rig.chat.answers.append(RateLimited(self.rig.clock.now() + seconds(2)))
            case _:
                self.rig.chat.answers.append(None)

    async def end(self) -> None:
        self.rig.chat.may_answer.set()
        await self.rig.pass_time(200)
        await settle(50)

    def judge(self) -> None:
        rig = self.rig
        assert all(task.done() for task in self.said.values()), "somebody waits for ever"
        shown = Counter(line.text for line in rig.chat.lines)
        assert max(shown.values(), default=1) == 1, "a line stands in chat twice"
        assert len(rig.chat.calls) - len(set(rig.chat.calls)) <= self.too_fast, "sent again without a certain refusal"
        by_id = {line.chat_id: line.text for line in rig.chat.lines}
        for text, task in self.said.items():
            if task.cancelled():
                continue
            match task.result():
                case Ok(sent):
                    assert by_id[sent.message_id] == text
                case Err(ChatUncertain()):
                    assert text in rig.chat.calls
                case Err():
                    assert text not in shown
        times = [line.sent_at for line in rig.chat.lines]
        for first, last in zip(times, times[ORDINARY:], strict=False):
            assert (last - first).total_seconds() >= 30


async def live_through(steps: list[tuple[str, object]]) -> None:
    evening = Evening()
    for name, value in steps:
        await evening.step(name, value)
    await evening.end()
    evening.judge()
    await evening.rig.voice.stop(0.1)
    await settle()
    assert evening.rig.supervisor.names() == ()


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    logger = logging.getLogger("companion.test")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


@given(steps=STEPS)
@settings(max_examples=150, deadline=None)
def test_random_evenings(steps: list[tuple[str, object]]) -> None:
    asyncio.run(live_through(steps))
