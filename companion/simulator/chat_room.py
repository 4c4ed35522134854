"""The chat: what is shown, what is dropped, and what EventSub tells of it.

Over the limit a line is *dropped* (200 with `msg_ratelimit`), as Twitch's chat always did: the reference of Send Chat
Message names no 429 of its own. A line is a duplicate when it is what the same sender said last, less than 30 s ago.
Of commands, `/word ...` is dropped and `.word rest` shows `rest`. Source: dev.twitch.tv/docs/chat (limits),
/docs/api/reference#send-chat-message; github.com/twitchdev/issues#962.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant, parse_instant
from companion.simulator.answers import Json
from companion.simulator.chat_event import fragments
from companion.simulator.crowd import Crowd, user_fields
from companion.simulator.eventsub_hub import EventSubHub
from companion.simulator.faults import FaultBox
from companion.simulator.ledger import Ledger
from companion.simulator.people import TwitchPerson
from companion.simulator.world import World

_WINDOW: Final = timedelta(seconds=30)
_SLOW, _FAST = 20, 100
_FAST_ROLES: Final = frozenset({"broadcaster", "moderator", "vip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line to show. `extra` overrides fields of the event, such as `cheer` or `source_broadcaster_user_id`."""

    sender: TwitchPerson
    text: str
    by: str
    channel: TwitchPerson | None = None
    """Another channel than the streamer's."""
    reply_to: str | None = None
    extra: Json = field(default_factory=dict)

    @property
    def channel_id(self) -> str | None:
        """The other channel's id."""
        return self.channel.id if self.channel is not None else None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Twitch took the call and did not show the line."""

    code: str
    message: str


class ChatRoom:
    """One channel's chat. Lines come back from the ledger."""

    def __init__(self, *, world: World, ledger: Ledger, crowd: Crowd, hub: EventSubHub, faults: FaultBox) -> None:
        self._world = world
        self._ledger = ledger
        self._crowd = crowd
        self._hub = hub
        self._faults = faults
        self._lines: dict[str, tuple[TwitchPerson, str]] = {}
        self._sent: defaultdict[str, deque[Instant]] = defaultdict(deque)
        self._last: dict[str, tuple[str, Instant]] = {}
        for entry in ledger:
            if entry["kind"] == "chat_shown":
                self._replay(entry)

    def _replay(self, entry: Json) -> None:
        sender = self._crowd.known(str(entry["user_id"]))
        text, at = str(entry["text"]), parse_instant(str(entry["at"]))
        self._lines[str(entry["message_id"])] = (sender, text)
        if entry["by"] != "viewer":
            self._sent[sender.id].append(at)
            self._last[sender.id] = (text, at)

    def knows(self, message_id: str) -> bool:
        """Whether such a line stands in chat."""
        return message_id in self._lines

    async def send(self, line: Line) -> str | Dropped:
        """A line that came over Helix: the id it stands under, or why it does not."""
        dropped = self._refused(line)
        if dropped is not None:
            self._ledger.record(
                "chat_dropped", {**user_fields(line.sender), "text": line.text, "by": line.by, "code": dropped.code}
            )
            return dropped
        now = self._world.now()
        self._sent[line.sender.id].append(now)
        self._last[line.sender.id] = (line.text, now)
        if line.text.startswith("."):
            rest = line.text.split(maxsplit=1)[1]
            line = replace(line, text=rest)
        return await self.show(line)

    def _refused(self, line: Line) -> Dropped | None:
        key, now = line.sender.id, self._world.now()
        fault = self._faults.take("chat_drop")
        if fault is not None:
            return Dropped(fault.kind or "msg_rejected", "Your message is being checked by mods and has not been sent.")
        if self._crowd.banned(key) == "timed_out":
            return Dropped("user_timed_out", "You are timed out in this channel for a while.")
        recent = self._sent[key]
        while recent and now - recent[0] >= _WINDOW:
            recent.popleft()
        if len(recent) >= (_FAST if _FAST_ROLES & set(self._crowd.roles(key)) or key == line.channel_id else _SLOW):
            return Dropped("msg_ratelimit", "Your message was not sent because you are sending messages too quickly.")
        last = self._last.get(key)
        if last is not None and last[0] == line.text and now - last[1] < _WINDOW:
            return Dropped("msg_duplicate", "Your message is identical to the previous one you sent.")
        if line.text.startswith("/") or (line.text.startswith(".") and len(line.text.split(maxsplit=1)) == 1):
            return Dropped("msg_rejected", "That command cannot be used here.")
        return None

    async def show(self, line: Line) -> str:
        """Put a line into chat, whoever wrote it, and tell the subscribers; the id it stands under."""
        key = str(line.extra.get("message_id") or self._world.uuid())
        ids = {"message_id": key, **user_fields(line.sender)}
        source = line.extra.get("source_broadcaster_user_id")
        said = {"text": line.text, "by": line.by, "reply_to": line.reply_to, "source_broadcaster_user_id": source}
        self._ledger.record("chat_shown", {**ids, **said})
        self._lines[key] = (line.sender, line.text)
        await self._hub.notify("channel.chat.message", self._event(key, line))
        return key

    def _event(self, key: str, line: Line) -> Json:
        sender = line.sender
        return {
            **user_fields(line.channel or self._crowd.streamer(), "broadcaster_"),
            **user_fields(sender, "chatter_"),
            "message_id": key,
            "message": {"text": line.text, "fragments": fragments(line.text, self._crowd)},
            "color": self._crowd.color(sender.id),
            "badges": self._crowd.badges(sender.id),
            "message_type": "text",
            "cheer": None,
            "reply": self._reply(line.reply_to),
            "channel_points_custom_reward_id": None,
            "channel_points_animation_id": None,
            "source_broadcaster_user_id": None,
            "source_broadcaster_user_login": None,
            "source_broadcaster_user_name": None,
            "source_message_id": None,
            "source_badges": None,
            **line.extra,
        }

    def _reply(self, parent: str | None) -> Json | None:
        if parent is None:
            return None
        sender, text = self._lines[parent]
        return {
            "parent_message_id": parent,
            "parent_message_body": text,
            **user_fields(sender, "parent_"),
            "thread_message_id": parent,
            **user_fields(sender, "thread_"),
        }

    def clear(self) -> None:
        """Forget every line."""
        self._lines.clear()
        self._sent.clear()
        self._last.clear()
