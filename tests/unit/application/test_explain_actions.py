"""Each refusal has a sentence of its own."""

from __future__ import annotations

import pytest

from companion.application.explain_actions import (
    explain_achievement,
    explain_command,
    explain_queue,
    explain_raffle,
    explain_reward,
    explain_settling,
    explain_storage,
)
from companion.application.messages import Message
from companion.ports import achievements, chat_commands, failures, raffle, rewards, sagas, song_queue
from companion.ports.inbox import NoSuchLetter

STORAGE = failures.StorageFailed("disk I/O error")


@pytest.mark.parametrize(
    "message,part",
    [
        (explain_queue(song_queue.NoSuchRequest("r")), "not in the queue any more"),
        (explain_queue(song_queue.CannotWithdraw("r")), "Skip it when it plays"),
        (
            explain_queue(song_queue.BadSettings("the queue cap must be at least 1")),
            "The queue cap must be at least 1.",
        ),
        (explain_queue(failures.NoActiveDevice()), "Press play in Spotify"),
        (explain_queue(failures.PremiumRequired(of_owner=False, detail="")), "Premium"),
        (explain_raffle(raffle.BadRaffleSettings("range: 2 to 1,000,000")), "Range: 2 to 1,000,000."),
        (explain_achievement(achievements.NoSuchDefinition("d")), "is gone"),
        (explain_achievement(achievements.BadDefinition("the name is empty.")), "The name is empty."),
        (explain_achievement(achievements.NoSuchViewer("Nobody")), "Nobody called Nobody"),
        (explain_command(chat_commands.BadCommand("unknown placeholder {x}")), "Unknown placeholder {x}."),
        (explain_command(chat_commands.NameTaken("sr")), "!sr already"),
        (explain_command(chat_commands.NoSuchCommand("gone")), "!gone any more"),
        (explain_command(chat_commands.ValueShared("deaths", ("a", "b"))), "!a, !b"),
        (explain_reward(rewards.BadSpec("title: 1 to 45 characters")), "Title: 1 to 45 characters."),
        (explain_reward(failures.Forbidden("not an affiliate")), "affiliate"),
        (explain_reward(failures.NetworkDown("timed out")), "Twitch cannot be reached"),
        (explain_settling(sagas.NoSuchRun("r")), "settled already"),
        (explain_settling(NoSuchLetter("m")), "settled already"),
        (explain_settling(sagas.NotOffered("r", "completed", ())), "cannot be done any more"),
    ],
)
def test_a_refusal_says_what_happened(message: Message, part: str) -> None:
    assert part in message.text()
    assert message.title.endswith(".")


@pytest.mark.parametrize(
    "message",
    [
        explain_queue(STORAGE),
        explain_raffle(STORAGE),
        explain_achievement(STORAGE),
        explain_command(STORAGE),
        explain_reward(STORAGE),
        explain_settling(STORAGE),
    ],
)
def test_a_full_disk_is_told_the_same_everywhere(message: Message) -> None:
    assert message == explain_storage(STORAGE)
    assert "disk" in message.advice and message.severity == "bad"
