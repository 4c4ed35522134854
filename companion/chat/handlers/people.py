"""!achievements, !stats: what is known of a viewer."""

from __future__ import annotations

import operator

from companion.chat import wording
from companion.chat.handlers.handler import Answer, Call, say
from companion.chat.templates import target_of
from companion.kernel.result import Err
from companion.ports.achievements import AchievementsPort, NoSuchViewer, ViewerCard
from companion.ports.failures import StorageFailed
from companion.ports.raffle import KeyboardRafflePort, LeaderboardRow
from companion.ports.song_queue import BadSettings, SongQueuePort
from companion.ports.viewers import Viewer, ViewersPort

_LONGEST_ARGUMENT = 60


class PeopleHandlers:
    """Reads of viewers, by the name that was typed or of the asker."""

    def __init__(
        self,
        *,
        viewers: ViewersPort,
        achievements: AchievementsPort,
        queue: SongQueuePort,
        raffle: KeyboardRafflePort,
    ) -> None:
        self._viewers = viewers
        self._achievements = achievements
        self._queue = queue
        self._raffle = raffle

    async def achievements(self, call: Call) -> Answer:
        """How many are unlocked, and the newest."""
        viewer = self._whom(call)
        if viewer is None:
            return _unknown(call)
        card = await self._achievements.get_viewer(viewer.user_id)
        if isinstance(card, Err):
            match card.error:
                case StorageFailed():
                    return Err(card.error)
                case NoSuchViewer():
                    return say(f"{_subject(call, viewer)} no achievement yet.")
        return say(_achieved(_subject(call, viewer), card.value))

    async def stats(self, call: Call) -> Answer:
        """Songs played and raffle rolls."""
        viewer = self._whom(call)
        if viewer is None:
            return _unknown(call)
        history = await self._queue.get_history(user_id=viewer.user_id, limit=1)
        rolls = await self._raffle.get_viewer(viewer.user_id)
        if isinstance(rolls, Err):
            return rolls
        if isinstance(history, Err):
            match history.error:
                case StorageFailed():
                    return Err(history.error)
                case BadSettings(detail):
                    raise AssertionError(f"a limit of 1 was refused: {detail}")
        songs = wording.counted(history.value.total, "song", "songs")
        return say(f"{_subject(call, viewer)} {songs} played and {_rolled(rolls.value)}.")

    def _whom(self, call: Call) -> Viewer | None:
        """The viewer named, the asker without a name, None when nobody has that name."""
        name = target_of(call.args, "")
        return call.viewer if not name else self._viewers.find(name)


def _unknown(call: Call) -> Answer:
    name = wording.clean(target_of(call.args, ""), _LONGEST_ARGUMENT)
    return say(f"nobody called {name} was here so far.")


def _subject(call: Call, viewer: Viewer) -> str:
    return "you have" if viewer.user_id == call.viewer.user_id else f"{wording.name_of(viewer)} has"


def _achieved(subject: str, card: ViewerCard) -> str:
    counting = [it for it in card.achievements if it.definition.enabled or it.unlocked_at is not None]
    unlocked = [(it.definition, it.unlocked_at) for it in counting if it.unlocked_at is not None]
    if not unlocked:
        return f"{subject} none of {wording.counted(len(counting), 'achievement', 'achievements')} yet."
    newest, _ = max(unlocked, key=operator.itemgetter(1))
    all_of_them = wording.counted(len(counting), "achievement", "achievements")
    return f"{subject} {len(unlocked)} of {all_of_them}, the newest is {wording.clean(newest.name, 80)}."


def _rolled(row: LeaderboardRow | None) -> str:
    if row is None or row.rolls == 0:
        return "no raffle roll so far"
    rolls = wording.counted(row.rolls, "raffle roll", "raffle rolls")
    wins = wording.counted(row.wins, "win", "wins")
    return f"{rolls} with {wins}" + (f", the closest miss by {row.closest:,}" if row.closest is not None else "")
