"""Sentences for what queue, raffle, achievements, commands, rewards and sagas refuse: the window's own, on one line."""

from __future__ import annotations

from companion.application import explain_actions as explain
from companion.application.messages import Message
from companion.ports import achievements, chat_commands, inbox, raffle, raids, rewards, sagas, song_queue


def explained(problem: object) -> str | None:
    """The sentence, None for an error of somebody else."""
    message = _message(problem)
    return None if message is None else message.text()


def _message(problem: object) -> Message | None:
    match problem:
        case song_queue.NoSuchRequest() | song_queue.CannotWithdraw() | song_queue.BadSettings():
            return explain.explain_queue(problem)
        case raffle.BadRaffleSettings():
            return explain.explain_raffle(problem)
        case achievements.NoSuchDefinition() | achievements.BadDefinition() | achievements.NoSuchViewer():
            return explain.explain_achievement(problem)
        case (
            chat_commands.BadCommand()
            | chat_commands.NameTaken()
            | chat_commands.NoSuchCommand()
            | chat_commands.ValueShared()
        ):
            return explain.explain_command(problem)
        case rewards.BadSpec():
            return explain.explain_reward(problem)
        case sagas.NoSuchRun() | sagas.NotOffered() | inbox.NoSuchLetter():
            return explain.explain_settling(problem)
        case raids.BadRaidSettings(detail) | rewards.BadRewardSettings(detail):
            return Message(f"This cannot be set: {detail}.")
        case _:
            return None
