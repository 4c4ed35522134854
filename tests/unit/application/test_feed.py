"""The event feed."""

from __future__ import annotations

from companion.application.feed import LONGEST, Feed
from companion.ports.events import StreamWentOnline
from tests.fakes.clock import START
from tests.fakes.events import CHATTED, RAIDED


def online(number: int, *, resumed: bool = False) -> StreamWentOnline:
    return StreamWentOnline(
        event_id=f"on-{number}", at=START, session_id="s", stream_id="A", started_at=START, resumed=resumed
    )


def test_events_are_told_in_words_and_chat_is_not_told() -> None:
    feed = Feed()
    feed.add_event(RAIDED)
    feed.add_event(CHATTED)
    assert [(entry.id, entry.kind, entry.text) for entry in feed.entries()] == [
        ("raid", "raid", "Marlow came over with 42 viewers.")
    ]


def test_the_feed_is_newest_first_without_repetitions_and_keeps_a_hundred() -> None:
    feed = Feed()
    for number in range(LONGEST + 20):
        feed.add_event(online(number))
        feed.add_event(online(number))
    entries = feed.entries()
    assert len(entries) == LONGEST == 100
    assert (entries[0].id, entries[-1].id) == ("on-119", "on-20")


def test_the_feed_is_loaded_from_what_is_stored() -> None:
    feed = Feed()
    feed.load([online(3), online(2), online(1)])
    assert [entry.id for entry in feed.entries()] == ["on-3", "on-2", "on-1"]
