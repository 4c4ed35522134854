"""Static, dynamic and counter commands: replies out of templates."""

from __future__ import annotations

import logging
from typing import assert_never

from companion.chat import wording
from companion.chat.handlers.handler import SILENT, Answer, Call, Reply
from companion.chat.templates import Pick, fill, target_of
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok
from companion.objects.chat_commands.templates import PlainName, parse_template, plain_names
from companion.ports.chat_commands import ChatCommandsPort, NoSuchCommand, StoredValue
from companion.ports.failures import StorageFailed
from companion.ports.song_queue import SongQueuePort
from companion.ports.stream import StreamReader

_LONGEST_ARGS = 400


class TextHandler:
    """Fills in a command's template; a counter counts first. What viewers type is only ever text."""

    def __init__(
        self,
        *,
        commands: ChatCommandsPort,
        stream: StreamReader,
        queue: SongQueuePort,
        clock: Clock,
        pick: Pick,
        logger: logging.Logger,
    ) -> None:
        self._commands = commands
        self._stream = stream
        self._queue = queue
        self._clock = clock
        self._pick = pick
        self._logger = logger

    async def answer(self, call: Call) -> Answer:
        """The reply; nothing is said when the template makes an empty one."""
        template = parse_template(call.command.template)
        if isinstance(template, Err):
            self._logger.warning("the reply of !%s cannot be read: %s", call.command.name, template.error)
            return SILENT
        stored = None if call.command.value_of is None else self._commands.value(call.command.value_of)
        if call.command.kind == "counter":
            counted = await self._commands.count_up(call.command.name, once=call.chat_id)
            if isinstance(counted, Err):
                match counted.error:
                    case StorageFailed():
                        return Err(counted.error)
                    case NoSuchCommand():
                        return SILENT  # deleted in this very moment
            stored = counted.value
        text = fill(
            template.value,
            value=lambda name: self._value(name, call, stored),
            pick=self._pick,
            now=self._clock.now(),
        ).strip()
        if not text:
            return SILENT
        return Ok(Reply(text, names_viewer="user" in plain_names(template.value)))

    def _value(self, name: PlainName, call: Call, stored: StoredValue | None) -> str:
        match name:
            case "user":
                return wording.name_of(call.viewer)
            case "target":
                asker = wording.name_of(call.viewer)
                return wording.clean(target_of(call.args, asker), _LONGEST_ARGS) or asker
            case "args":
                return wording.clean(call.args, _LONGEST_ARGS)
            case "count":
                return "0" if stored is None else str(stored.count)
            case "value":
                return "" if stored is None else stored.text
            case "uptime" | "viewers" | "song":
                return self._present(name)
            case _:
                assert_never(name)

    def _present(self, name: str) -> str:
        if name == "song":
            playing = self._queue.get_now_playing()
            return "nothing" if playing is None or not playing.is_playing else wording.song(playing.track)
        state = self._stream.get_stream_state()
        if name == "viewers":
            return "an unknown number of" if state.viewer_count is None else str(state.viewer_count)
        if not state.is_live or state.started_at is None:
            return "offline"
        return wording.span(self._clock.now() - state.started_at)
