"""The Live page in each of its states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from companion.application.messages import Message
from companion.application.snapshots import FeedEntry
from companion.kernel.result import Err
from companion.ports.failures import NetworkDown
from companion.ports.spotify import PlayingKind
from companion.ui.widgets.feed import two_lines
from tests.fakes.application import (
    NOW,
    live_stream,
    make_picture,
    make_snapshot,
    make_status,
    make_track,
    offline_stream,
    playing,
    seen,
    signed_out,
)
from tests.ui.conftest import Desk, settle


def texts(desk: Desk) -> str:
    """Everything that can be read on the present page, one label a line."""
    page = desk.window.pages[desk.window.page()]()
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_a_live_stream_shows_its_numbers(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    card = desk.window.live.stream
    assert card.state.text() == "Live"
    assert card.uptime.text() == "2 h 14 min"
    assert card.count.text() == "183"
    assert card.peak.text() == "Peak 214"
    assert card.count.accessibleName() == "183 viewers"


def test_without_a_login_a_live_stream_is_called_what_was_seen_last(desk: Desk) -> None:
    tokens = {"twitch": signed_out("twitch"), "spotify": make_status("spotify")}
    desk.show(make_snapshot(tokens=tokens), "live")
    assert "it may be over" in texts(desk)
    desk.show(make_snapshot(tokens={**tokens, "twitch": make_status("twitch", withheld=True)}), "live")
    assert "it may be over" in texts(desk)
    desk.show(make_snapshot(), "live")
    assert "it may be over" not in texts(desk)


def test_uptime_grows_without_a_new_snapshot(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    desk.clock.advance(timedelta(minutes=3))
    desk.window.live.tick(desk.app.snapshot())
    assert desk.window.live.stream.uptime.text() == "2 h 17 min"


def test_before_the_first_poll_no_number_is_invented(desk: Desk) -> None:
    desk.show(make_snapshot(stream=replace(live_stream(), viewer_count=None), sparkline=()), "live")
    assert desk.window.live.stream.count.text() == "–"
    assert "one point a minute" in texts(desk)


def test_offline_tells_of_the_last_stream(desk: Desk) -> None:
    desk.show(make_snapshot(stream=offline_stream()), "live")
    assert desk.window.live.stream.state.text() == "Offline"
    assert "3 h 00 min long, at most 214 viewers" in texts(desk)
    assert not desk.window.live.stream.count.isVisible()


def test_a_stream_that_may_come_back_says_until_when(desk: Desk) -> None:
    desk.show(make_snapshot(stream=offline_stream(resume_until=NOW + timedelta(minutes=8))), "live")
    assert "counts as the same one" in texts(desk)


def test_without_a_login_the_main_action_is_signing_in(desk: Desk) -> None:
    tokens = {"twitch": signed_out("twitch"), "spotify": signed_out("spotify")}
    desk.show(make_snapshot(demo=True, stream=offline_stream(), tokens=tokens), "live")
    wanted: list[object] = []
    desk.window.live.sign_in_wanted.connect(wanted.append)
    desk.window.live._action.click()
    assert wanted == ["twitch"]


def test_asking_twitch_shows_its_answer(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    desk.window.live._action.click()
    settle()
    assert ("reconcile_stream",) in desk.app.asked
    assert desk.window.live.answer.message == Message("Twitch says you are live.", severity="info")
    assert desk.window.live._action.isEnabled()


def test_asking_twitch_in_vain_shows_why(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    trouble = Message("Twitch does not answer", "The state may be old.", "Try again in a minute.")
    desk.app.reconcile_answer = Err(trouble)
    desk.window.live._action.click()
    settle()
    assert desk.window.live.answer.message == trouble
    assert desk.window.live.answer.isVisible()


def test_the_song_runs_on_between_two_pictures(desk: Desk) -> None:
    desk.show(make_snapshot(playback=playing(make_picture(progress_ms=61_000))), "live")
    desk.clock.advance(5)
    desk.window.live.music._tick()
    assert desk.window.live.music.place.text() == "1:06"


def test_a_paused_song_stands_still(desk: Desk) -> None:
    desk.show(make_snapshot(playback=playing(make_picture(is_playing=False))), "live")
    desk.clock.advance(5)
    desk.window.live.music._tick()
    assert desk.window.live.music.place.text() == "1:01"
    assert not desk.window.live.music._timer.isActive()


def test_the_progress_rests_while_nobody_looks(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    assert desk.window.live.music._timer.isActive()
    desk.window.hide()
    assert not desk.window.live.music._timer.isActive()


def test_an_old_picture_says_how_old_it_is(desk: Desk) -> None:
    state = playing(make_picture(seen_at=seen(4)), problem=NetworkDown("x"), problem_since=seen(4))
    desk.show(make_snapshot(playback=state), "live")
    assert "Last seen 4 min ago." in texts(desk)


@pytest.mark.parametrize(
    "kind,title,expected",
    [
        ("ad", None, "An advertisement"),
        ("episode", "The Long Way Round", "The Long Way Round"),
        ("local", "tape 3.mp3", "tape 3.mp3"),
        ("nothing", None, "Press play in Spotify"),
        ("unknown", None, "private session"),
    ],
)
def test_what_is_no_song_is_named(desk: Desk, kind: PlayingKind, title: str | None, expected: str) -> None:
    picture = replace(make_picture(), kind=kind, track=None, title=title)
    desk.show(make_snapshot(playback=playing(picture)), "live")
    assert expected in texts(desk)


def test_spotify_is_named_beside_its_data_and_linked(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    assert "\nSpotify\n" in texts(desk)
    desk.window.live.music._open.click()
    assert ("open_in_browser", make_track().link) in desk.app.asked


def test_markup_in_a_title_is_shown_and_not_obeyed(desk: Desk) -> None:
    title = "<b>bold</b> & <img src=x>"
    desk.show(make_snapshot(playback=playing(make_picture(make_track(title=title)))), "live")
    assert desk.window.live.music.title.whole() == title
    assert desk.window.live.music.title.textFormat() == Qt.TextFormat.PlainText


def test_very_long_and_foreign_titles_are_shortened_with_the_whole_in_the_tooltip(desk: Desk) -> None:
    title = "שיר ארוך מאוד 🎧 " * 12
    desk.show(make_snapshot(playback=playing(make_picture(make_track(title=title)))), "live")
    label = desk.window.live.music.title
    assert label.text().endswith("…")
    assert label.toolTip() == title.strip()


def entries(*lines: str) -> tuple[FeedEntry, ...]:
    return tuple(FeedEntry(line, seen(number), "info", line) for number, line in enumerate(lines))


def test_the_feed_is_walked_with_arrows_and_found_by_typing(desk: Desk) -> None:
    desk.show(make_snapshot(feed=entries("The stream went live", "Now playing: Dawn", "Now playing: Dusk")), "live")
    feed = desk.window.live.feed
    feed.setFocus()
    QTest.keyClick(feed, Qt.Key.Key_Home)
    QTest.keyClick(feed, Qt.Key.Key_Down)
    assert feed.currentIndex().row() == 1
    desk.clock.advance(5)
    QTest.keyClicks(feed, "dusk")
    assert feed.currentIndex().row() == 2


def test_new_entries_leave_the_chosen_one_chosen(desk: Desk) -> None:
    desk.show(make_snapshot(feed=entries("a", "b")), "live")
    feed = desk.window.live.feed
    feed.setCurrentIndex(feed.entries.index(1))
    desk.show(make_snapshot(feed=(FeedEntry("new", NOW, "info", "new"), *entries("a", "b"))))
    assert feed.entries.entries[feed.currentIndex().row()].text == "b"


def test_a_long_event_takes_a_second_line_and_no_third(desk: Desk) -> None:
    desk.show(make_snapshot(feed=entries("Short", "🎺 rolls on " * 8, "🎺 rolls on " * 80, "M" * 400)), "live")
    desk.window.resize(1180, 760)
    settle()
    feed = desk.window.live.feed
    short, long, longer, unbroken = (feed.sizeHintForIndex(feed.entries.index(row)).height() for row in range(4))
    assert short < long == longer == unbroken < 2 * short
    first, second = two_lines("🎺 rolls on " * 80, feed.font(), 200)
    assert first.startswith("🎺 rolls") and first.endswith(("rolls", "on", "🎺")) and second.endswith("…")
    assert two_lines("Short", feed.font(), 200) == ["Short"]


def test_where_there_is_height_the_line_of_viewers_has_the_whole_width(desk: Desk) -> None:
    desk.show(make_snapshot(), "live")
    card = desk.window.live.stream
    for size, below in (((880, 560), False), ((1180, 760), True), ((880, 560), False)):
        desk.window.resize(*size)
        settle()
        assert (card._sparkline.y() > card.peak.y()) == below


def test_an_empty_feed_says_what_will_be_there(desk: Desk) -> None:
    desk.show(make_snapshot(feed=()), "live")
    assert "are listed here" in texts(desk)
