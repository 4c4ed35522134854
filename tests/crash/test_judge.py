"""The judge of the crash tests finds what it is there to find."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.crash import judge

MADE = {"kind": "redemption_made", "redemption_id": "r1", "user_login": "ann", "user_name": "Ann"}
FULFILLED = {"kind": "redemption_fulfilled", "redemption_id": "r1", "by": "app:x"}
CANCELED = {"kind": "redemption_canceled", "redemption_id": "r1", "by": "app:x"}
BACK = {"kind": "points_refunded", "redemption_id": "r1"}
QUEUED = {"kind": "song_queued", "uri": "spotify:track:1", "by": "app"}
NUMBER_2 = "Ann, “Kiln Song” by Tamsin Oake is number 2 in the queue, in about 3 min. 🎵"
NEXT = "Ann, the best match is “Kiln Song” by Tamsin Oake, it is next. 🎵"
ROLL = "Ann, you rolled 1,250 against 8,001: 6,751 away. (#3 0011aabb)"


def said(*lines: str, by: str = "app:x") -> list[dict[str, Any]]:
    return [MADE, *({"kind": "chat_shown", "text": line, "by": by, "user_name": "Streamer"} for line in lines)]


@pytest.mark.parametrize(
    ("ledger", "problems"),
    [
        ([MADE, FULFILLED], 0),
        ([MADE, CANCELED, BACK], 0),
        ([MADE], 1),
        ([MADE, FULFILLED, FULFILLED], 1),
        ([MADE, FULFILLED, CANCELED, BACK], 1),
        ([MADE, CANCELED, BACK, BACK], 1),
    ],
)
def test_settlements_are_counted(ledger: list[dict[str, Any]], problems: int) -> None:
    assert len(judge.settled_once(ledger)) == problems


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ((NUMBER_2, ROLL, "Ann unlocked In the Hat 🎲: Your first raffle roll."), 0),
        (("Ann unlocked In the Hat 🎲: One.", "Ann unlocked Nearest Miss 💔: Two."), 0),
        ((ROLL, ROLL.replace("you rolled", "you  rolled")), 2),
        ((NUMBER_2, NEXT), 1),
        (("Ann: This is an album. Your points are back.", "Ann, your points are back: it was closed."), 1),
        (("Ann unlocked In the Hat 🎲: One.", "Ann unlocked In the Hat 🎲: Two."), 1),
    ],
)
def test_lines_are_counted(lines: tuple[str, ...], problems: int) -> None:
    assert len(judge.said_once(said(*lines))) == problems


def test_what_viewers_write_is_theirs() -> None:
    assert judge.said_once(said("!sr me", "!sr me", by="viewer")) == []


def test_songs_are_counted_by_requests() -> None:
    assert judge.queued_too_often([QUEUED, QUEUED], Counter({"spotify:track:1": 2})) == []
    assert len(judge.queued_too_often([QUEUED, QUEUED], Counter({"spotify:track:1": 1}))) == 1
    assert len(judge.queued_too_often([QUEUED], Counter())) == 1


def test_rolls_are_read_from_chat() -> None:
    won = "Ben, you rolled 8,001 and met the winning number: a round of applause 🏆 (#4 0011aabb)"
    assert judge.rolls_told(said(ROLL, won)) == {("Ann", 1250, 8001), ("Ben", 8001, 8001)}
