"""Speaks in the streamer's chat: one line at a time, within Twitch's limits, each at most once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, assert_never

from companion.chat.lines import prepare, unlike
from companion.chat.pace import ORDINARY, PRIVILEGED, WINDOW, Pace
from companion.chat.utterance import Remembered, Utterance
from companion.kernel.instant import Clock, Instant, seconds
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.chat import (
    ChatApi,
    ChatBusy,
    ChatDropped,
    ChatOff,
    ChatRefused,
    ChatUncertain,
    SayError,
    Sent,
)
from companion.ports.failures import (
    Forbidden,
    MalformedAnswer,
    NetworkDown,
    NoAccess,
    NotFound,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RefreshDelayed,
    Refused,
    ServiceError,
    Unauthorized,
)
from companion.ports.timer import Timer
from companion.ports.twitch import ChatMessage

LOOK_FOR: Final = 10.0
"""Seconds for which a line whose answer was lost is looked for in chat."""
WAIT_FOR_ANSWER: Final = 5.0
"""Seconds for which a message of our own account waits for the answer that tells whether it is ours."""

_HELD: Final = ChatOff("Everything is on hold.", held=True)
_STOPPING: Final = ChatOff("Companion is stopping.")
_NO_LOGIN: Final = ChatOff("There is no usable Twitch login just now.")
_EMPTY: Final = ChatRefused(Refused(400, "there is nothing to say"))


class Voice:
    """Implements `ports.chat.ChatVoice`.

    `privileged`: whether the sending account is the broadcaster, a moderator or a VIP of the channel. `why_silent`:
    why nothing can be said just now (no login, no permission), None when all is well. `timer` is this voice's own.
    Every chat message has to pass `is_own` (or `heard`): that is how lines with a lost answer are found again.
    """

    def __init__(
        self,
        *,
        api: ChatApi,
        privileged: Callable[[], bool],
        why_silent: Callable[[], str | None],
        supervisor: TaskSupervisor,
        timer: Timer,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self._api = api
        self._privileged = privileged
        self._why_silent = why_silent
        self._supervisor = supervisor
        self._timer = timer
        self._clock = clock
        self._logger = logger
        self._pace = Pace()
        self._waiting: deque[Utterance] = deque()
        self._sending: Utterance | None = None
        self._task: asyncio.Task[None] | None = None
        self._lost: list[Utterance] = []
        self._doubts: dict[asyncio.Future[None], float] = {}
        self._own = Remembered()
        self._others = Remembered()
        self._recent: dict[str, float] = {}
        self._held = False
        self._stopped = False

    # ---- for those who speak

    async def say(self, text: str, *, reply_to: str | None = None, patience: float = 10.0) -> Result[Sent, SayError]:
        """Send one line; see `ChatVoice.say`. A caller that is cancelled takes back a line that has not left yet."""
        if self._held:
            return Err(_HELD)
        if self._stopped:
            return Err(_STOPPING)
        if (reason := self._why_silent()) is not None:
            return Err(ChatOff(reason))
        line = prepare(text)
        if not line:
            return Err(_EMPTY)
        now = self._clock.monotonic()
        room = self._pace.room_at(now, self._limit(), ahead=len(self._waiting) + (self._sending is not None))
        if room > now + patience:
            return Err(self._busy(room))
        utterance = Utterance(line, reply_to, now + patience, asyncio.get_running_loop().create_future())
        self._waiting.append(utterance)
        self._go_on()
        return await utterance.outcome

    def set_held(self, held: bool) -> None:
        """While held nothing leaves, what waits included; what has left already is followed to its end."""
        self._held = held
        if held:
            self._answer_waiting(_HELD)
        self._go_on()

    async def stop(self, time_limit: float = 3.0) -> None:
        """Say nothing more. A line under way has `time_limit` seconds for its answer. Idempotent."""
        self._stopped = True
        self._answer_waiting(_STOPPING)
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=time_limit)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=time_limit / 10)
        for utterance in self._lost:
            utterance.settle(Err(ChatUncertain()))
        self._lost.clear()
        for doubt in self._doubts:
            _end(doubt)
        self._doubts.clear()
        self._timer.disarm()

    # ---- for those who listen

    def heard(self, message: ChatMessage) -> None:
        """A message stands in chat: perhaps a line of ours whose answer is not there yet. Twice does no harm."""
        if message.chat_id in self._own or message.chat_id in self._others:
            return
        for utterance in (*self._lost, *([self._sending] if self._sending is not None else [])):
            if utterance.seen is not None and utterance.seen.chat_id == message.chat_id:
                return  # told of twice before its answer came: it is one line
            if utterance.is_in(message):
                utterance.seen = message
                if utterance in self._lost:
                    self._lost.remove(utterance)
                    self._found(utterance, message)
                    self._go_on()
                return
        if message.viewer.user_id == self._api.sender_id():
            # Typed by the person, or said by another program: it counts against the same limit.
            self._others.add(message.chat_id)
            self._pace.note(self._clock.monotonic())

    async def is_own(self, message: ChatMessage) -> bool:
        """Whether we said it. Waits at most 5 s, and only for a line of the same account that is under way."""
        self.heard(message)
        under_way = self._sending
        if message.chat_id in self._own or under_way is None or under_way.sender != message.viewer.user_id:
            return message.chat_id in self._own
        doubt = asyncio.get_running_loop().create_future()
        under_way.doubts.append(doubt)
        self._doubts[doubt] = self._clock.monotonic() + WAIT_FOR_ANSWER
        self._arm()
        try:
            await doubt
        finally:
            self._doubts.pop(doubt, None)
        return message.chat_id in self._own or under_way.seen is message

    # ---- inside

    def _limit(self) -> int:
        return PRIVILEGED if self._privileged() else ORDINARY

    def _busy(self, room: float) -> ChatBusy:
        return ChatBusy(self._clock.now() + seconds(max(0.0, room - self._clock.monotonic())))

    def _answer_waiting(self, error: ChatOff) -> None:
        waiting, self._waiting = self._waiting, deque()
        for utterance in waiting:
            utterance.settle(Err(error))

    def _go_on(self) -> None:
        """Whatever may happen now, happens; then the timer is set for the next thing."""
        now = self._clock.monotonic()
        for utterance in [one for one in self._lost if one.look_until <= now]:
            self._lost.remove(utterance)
            self._logger.warning("chat: the answer to a line was lost, and the line was not seen in chat")
            utterance.settle(Err(ChatUncertain()))
        for doubt, until in tuple(self._doubts.items()):
            if until <= now:
                _end(doubt)
        limit = self._limit()
        for utterance in [one for one in self._waiting if one.deadline < now and not one.outcome.done()]:
            utterance.settle(Err(self._busy(self._pace.room_at(now, limit))))
        self._waiting = deque(one for one in self._waiting if not one.outcome.done())
        if self._waiting and self._sending is None and self._pace.room_at(now, limit) <= now:
            self._send(self._waiting.popleft(), now)
        self._arm()

    def _arm(self) -> None:
        """Set the timer for the next moment at which something ends or may begin."""
        now = self._clock.monotonic()
        moments = [one.look_until for one in self._lost] + list(self._doubts.values())
        moments += [one.deadline for one in self._waiting]
        if self._waiting and self._sending is None:
            moments.append(self._pace.room_at(now, self._limit()))
        if moments and not self._stopped:
            self._timer.arm(min(max(0.0, min(moments) - now), 3600.0), self._go_on)
        else:
            self._timer.disarm()

    def _send(self, utterance: Utterance, now: float) -> None:
        self._recent = {text: said for text, said in self._recent.items() if said > now - WINDOW}
        utterance.text = unlike(utterance.text, self._recent.keys())
        utterance.sender = self._api.sender_id()
        self._sending = utterance
        self._task = self._supervisor.spawn(self._deliver(utterance), name="a line for the chat")
        if self._task is None:
            self._sending = None
            utterance.settle(Err(_STOPPING))
            self._answer_waiting(_STOPPING)

    async def _deliver(self, utterance: Utterance) -> None:
        answer: Result[Sent, ChatDropped | ServiceError] = Err(NetworkDown("the sending was broken off"))
        try:
            answer = await self._api.send_message(utterance.text, reply_to=utterance.reply_to)
        finally:
            self._answered(utterance, answer)

    def _answered(self, utterance: Utterance, answer: Result[Sent, ChatDropped | ServiceError]) -> None:
        now = self._clock.monotonic()
        self._sending = None
        match answer:
            case Ok(sent):
                self._was_said(utterance, now)
                self._own.add(sent.message_id)
                utterance.seen = None
                utterance.settle(answer)
            case Err(error):
                self._failed(utterance, error, now)
        for doubt in utterance.doubts:
            _end(doubt)
        self._go_on()

    def _failed(self, utterance: Utterance, error: ChatDropped | ServiceError, now: float) -> None:
        match error:
            case NetworkDown() | ProviderUnavailable() | MalformedAnswer():
                self._was_said(utterance, now)
                self._look_for(utterance, now)
                return
            case ChatDropped():
                self._was_said(utterance, now)
                self._logger.info("chat: Twitch did not show a line")
                utterance.settle(Err(error))
            case RateLimited(retry_at) | QuotaExhausted(retry_at):
                self._too_fast(utterance, retry_at, now)
            case NoAccess(RefreshDelayed()) | Unauthorized() | Forbidden() | NotFound() | Refused():
                utterance.settle(Err(ChatRefused(error)))
            case NoAccess():
                utterance.settle(Err(_NO_LOGIN))
            case _:
                assert_never(error)
        utterance.seen = None

    def _too_fast(self, utterance: Utterance, retry_at: Instant, now: float) -> None:
        """Twitch did nothing with the line, so it may leave once more while there is patience."""
        until = now + max(0.0, (retry_at - self._clock.now()).total_seconds())
        self._pace.close(until)
        if until <= utterance.deadline and not self._held and not self._stopped:
            self._waiting.appendleft(utterance)
        else:
            utterance.settle(Err(ChatBusy(retry_at)))

    def _was_said(self, utterance: Utterance, now: float) -> None:
        self._pace.note(now)
        self._recent.pop(utterance.text, None)
        self._recent[utterance.text] = now

    def _look_for(self, utterance: Utterance, now: float) -> None:
        if utterance.seen is not None:
            self._found(utterance, utterance.seen)
        elif self._stopped:
            utterance.settle(Err(ChatUncertain()))
        else:
            utterance.look_until = now + LOOK_FOR
            self._lost.append(utterance)

    def _found(self, utterance: Utterance, message: ChatMessage) -> None:
        self._own.add(message.chat_id)
        utterance.settle(Ok(Sent(message.chat_id, message.sent_at)))


def _end(doubt: asyncio.Future[None]) -> None:
    if not doubt.done():
        doubt.set_result(None)
