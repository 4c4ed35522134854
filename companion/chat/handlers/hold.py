"""!hold, !hold off: everything silent at once, and on again."""

from __future__ import annotations

from companion.chat import wording
from companion.chat.handlers.handler import SILENT, Answer, Call, say
from companion.kernel.result import Err
from companion.ports.hold import HoldPort
from companion.ports.receipts import Receipts

RELEASE = frozenset({"off", "release", "stop", "end"})


class HoldHandlers:
    """The switch. An old call that comes again must not turn back what was decided since."""

    def __init__(self, *, hold: HoldPort, receipts: Receipts) -> None:
        self._hold = hold
        self._receipts = receipts

    async def hold(self, call: Call) -> Answer:
        """Hold: without a word, as everything is silent from here on. Release: said."""
        word = call.args.strip().lower()
        if word not in RELEASE and word not in ("", "on"):
            return say("type !hold to stop everything, !hold off to go on.")
        first = self._receipts.claim("chat-hold", call.chat_id)
        if not first and not self._receipts.claim("chat-hold-done", call.chat_id):
            return SILENT
        done = await self._hold.set(held=word not in RELEASE, by=wording.name_of(call.viewer))
        if isinstance(done, Err):
            return done
        if first:
            self._receipts.claim("chat-hold-done", call.chat_id)
        return say("everything goes on where it stopped.") if word in RELEASE else SILENT
