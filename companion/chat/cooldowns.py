"""Cooldowns of commands, in memory: a restart begins anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from companion.kernel.instant import Clock
from companion.ports.chat_commands import Command
from companion.ports.twitch import ChatMessage
from companion.ports.viewers import at_least

_SWEEP_AT: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Use:
    until: float
    chat_id: str


class Cooldowns:
    """Per command, and per command and viewer. Moderators and above neither wait nor make others wait."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._uses: dict[tuple[str, str | None], _Use] = {}

    def take(self, command: Command, message: ChatMessage) -> bool:
        """Whether the command may run now; if so its cooldowns begin. The same message again is let through again."""
        if at_least(message.role, "moderator"):
            return True
        now = self._clock.monotonic()
        spans = {
            (command.name, None): command.cooldown.total_seconds(),
            (command.name, message.viewer.user_id): command.viewer_cooldown.total_seconds(),
        }
        begun = {key: use for key in spans if (use := self._uses.get(key)) is not None and use.until > now}
        if any(use.chat_id == message.chat_id for use in begun.values()):
            return True
        if begun:
            return False
        for key, span in spans.items():
            if span > 0:
                self._uses[key] = _Use(now + span, message.chat_id)
        if len(self._uses) > _SWEEP_AT:
            self._uses = {key: use for key, use in self._uses.items() if use.until > now}
        return True
