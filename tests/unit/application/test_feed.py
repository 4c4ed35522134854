"""The event feed."""

from __future__ import annotations

import pytest

from companion.application.feed import LONGEST, Feed
from companion.ports.events import (
    DomainEvent,
    NowPlayingChanged,
    StreamSessionEnded,
    StreamWentOffline,
    StreamWentOnline,
)
from tests.fakes.clock import START


def online(number: int, *, resumed: bool = False) -> StreamWentOnline:
    return StreamWentOnline(
        event_id=f"on-{number}", at=START, session_id="s", stream_id="A", started_at=START, resumed=resumed
    )


EVENTS: list[tuple[DomainEvent, str | None]] = [
    (online(1), "The stream went live."),
    (online(2, resumed=True), "The stream came back; the session goes on."),
    (
        StreamWentOffline(event_id="off", at=START, session_id="s", started_at=START, ended_at=START,
                          peak_viewer_count=250, resume_until=START),
        "The stream went offline. Peak: 250 viewers.",
    ),
    (
        StreamSessionEnded(event_id="end", at=START, session_id="s", started_at=START, ended_at=START,
                           peak_viewer_count=250),
        "The session is over.",
    ),
    (
        NowPlayingChanged(event_id="song", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=("The Paper Boats", "Ines Vale"), is_playing=True),
        "Lantern Season – The Paper Boats, Ines Vale",
    ),
    (
        NowPlayingChanged(event_id="alone", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=(), is_playing=True),
        "Lantern Season",
    ),
    (
        NowPlayingChanged(event_id="ad", at=START, playing_kind="ad", track_id=None, title=None, artists=(),
                          is_playing=True),
        None,
    ),
    (
        NowPlayingChanged(event_id="pause", at=START, playing_kind="track", track_id="t", title="Lantern Season",
                          artists=(), is_playing=False),
        None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "words"), EVENTS, ids=lambda it: getattr(it, "event_id", ""))
def test_events_are_told_in_words(event: DomainEvent, words: str | None) -> None:
    feed = Feed()
    feed.add_event(event)
    assert [entry.text for entry in feed.entries()] == ([] if words is None else [words])


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
