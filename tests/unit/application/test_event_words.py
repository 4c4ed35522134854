"""Every event in one sentence."""

from __future__ import annotations

import pytest

from companion.application.event_words import event_words
from companion.ports.events import DomainEvent
from tests.fakes.events import (
    CHATTED,
    CHEERED,
    ENDED,
    EPOCH,
    EVERY_EVENT,
    FOLLOWED,
    GIFTED,
    NOW_PLAYING,
    OFFLINE,
    ONLINE,
    PLAYED,
    RAIDED,
    REFUSED,
    ROLLED,
    SUBSCRIBED,
    UNLOCKED,
    changed,
)

NOBODY = {"viewer_id": None, "viewer_name": None}
SENTENCES: list[tuple[DomainEvent, str | None]] = [
    (ONLINE, "The stream went live."),
    (changed(ONLINE, resumed=True), "The stream came back; the session goes on."),
    (OFFLINE, "The stream went offline. Peak: 250 viewers."),
    (ENDED, "The session is over."),
    (NOW_PLAYING, "Lantern Season – The Paper Boats, Ines Vale"),
    (changed(NOW_PLAYING, artists=()), "Lantern Season"),
    (changed(NOW_PLAYING, is_playing=False), None),
    (changed(NOW_PLAYING, playing_kind="ad", title=None), None),
    (PLAYED, "Marlow's request plays: Lantern Season – The Paper Boats, Ines Vale"),
    (REFUSED, "Marlow's request did not go through: that song is in the queue already."),
    (ROLLED, "Marlow rolled 4,200, 2,200 away from 6,400."),
    (
        changed(ROLLED, roll=6_358, distance=42, new_record=True),
        "Marlow rolled 6,358, 42 away from 6,400. Nobody came closer so far.",
    ),
    (
        changed(ROLLED, roll=6_400, distance=0, won=True),
        "Marlow won the raffle: the roll met the winning number 6,400.",
    ),
    (EPOCH, "Raffle 3 is open; its commitment stands in chat."),
    (changed(EPOCH, seed="cd"), "Raffle 3 is over; its seed is public, so anybody can check the rolls."),
    (UNLOCKED, "Marlow unlocked “In the Hat”: Your first raffle roll."),
    (FOLLOWED, "Marlow follows the channel."),
    (SUBSCRIBED, "Marlow subscribed."),
    (changed(SUBSCRIBED, months=14), "Marlow has been subscribed for 14 months."),
    (GIFTED, "Marlow gave away 5 subscriptions."),
    (changed(GIFTED, count=1, **NOBODY), "Somebody gave away 1 subscription."),
    (CHEERED, "Marlow cheered 100 bits."),
    (changed(CHEERED, bits=12_000, **NOBODY), "Somebody cheered 12,000 bits."),
    (RAIDED, "Marlow came over with 42 viewers."),
    (changed(RAIDED, viewers=1), "Marlow came over with 1 viewer."),
    (CHATTED, None),
]


@pytest.mark.parametrize(("event", "words"), SENTENCES, ids=lambda it: getattr(it, "kind", ""))
def test_events_are_told_in_words(event: DomainEvent, words: str | None) -> None:
    assert event_words(event) == words


def test_only_chat_goes_without_a_sentence() -> None:
    assert [event.kind for event in EVERY_EVENT if event_words(event) is None] == ["chat_message"]
