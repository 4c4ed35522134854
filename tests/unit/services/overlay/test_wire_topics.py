"""The queue, the raffle, the achievements and the hold, as pages draw them."""

from __future__ import annotations

from companion.ports.achievements import Definition, Unlock
from companion.ports.hold import HoldState
from companion.ports.raffle import EpochView, LeaderboardRow, RaffleSettings, RaffleView, Roll
from companion.ports.song_queue import AutoplayItem, NowPlaying, QueueView, RequestState, SongRequest
from companion.ports.spotify import Track
from companion.ports.viewers import Viewer
from companion.services.overlay.wire_topics import achievements_data, hold_data, queue_data, raffle_data
from tests.fakes.clock import START

MARLOW = Viewer("101", "marlow", "Marlow")


def track(number: int) -> Track:
    uri, link = f"spotify:track:{number}", f"https://open.spotify.com/track/{number}"
    return Track(str(number), uri, f"Song {number}", ("A",), "Album", 200_000, False, f"cover{number}", link)


def request(number: int, state: RequestState = "waiting", *, position: int | None = None) -> SongRequest:
    return SongRequest(f"r{number}", "reward", MARLOW, track(number), state, START, position, None)


def view(
    *requests: SongRequest, playing: NowPlaying | None = None, total: int | None = None, autoplay: int = 0
) -> QueueView:
    songs = tuple(AutoplayItem(track(100 + number)) for number in range(autoplay))
    return QueueView(playing, requests, songs, len(requests) if total is None else total, START, None, "On hold.")


def test_the_queue_tells_what_plays_and_for_whom() -> None:
    playing = NowPlaying(track(1), request(1, "playing"), START, is_playing=True)

    data = queue_data(
        view(request(1, "playing"), request(2, "handed_over", position=1), request(3, position=2), playing=playing)
    )

    assert data.now is not None
    assert (data.now.title, data.now.viewer_name, data.now.is_playing) == ("Song 1", "Marlow", True)
    assert [(song.position, song.title, song.state) for song in data.requests] == [
        (1, "Song 2", "handed_over"),
        (2, "Song 3", "waiting"),
    ]
    assert (data.total, data.paused_reason, data.seen_at) == (2, "On hold.", START)


def test_a_song_that_nobody_asked_for_has_no_name() -> None:
    data = queue_data(view(playing=NowPlaying(track(1), None, START, is_playing=False), autoplay=5))

    assert data.now is not None
    assert data.now.viewer_name is None
    assert [song.title for song in data.autoplay] == ["Song 100", "Song 101", "Song 102"]


def test_what_waits_for_the_streamers_yes_is_not_shown() -> None:
    data = queue_data(view(request(1, "approval"), request(2, position=1)))

    assert [(song.position, song.title) for song in data.requests] == [(1, "Song 2")]
    assert data.total == 1


def test_a_long_queue_is_cut_and_counted_whole() -> None:
    data = queue_data(view(*(request(number, position=number) for number in range(1, 31)), total=45))

    assert (len(data.requests), data.total) == (10, 45)


def roll(distance: int) -> Roll:
    return Roll("d", MARLOW, START, "s", 3, 500, 500 + distance, distance, distance == 0, False, 9, "ff")


def test_the_raffle_before_its_first_round() -> None:
    data = raffle_data(RaffleView(None, RaffleSettings(), (), None, 0.01), ())

    assert (data.epoch, data.epoch_state, data.commitment, data.record) == (None, None, None, None)
    assert (data.range, data.prize) == (10_000, "eternal bragging rights")


def test_the_raffle_in_a_round() -> None:
    epoch = EpochView(3, "open", "ab", 100, START, None, None, 9)

    data = raffle_data(
        RaffleView(epoch, RaffleSettings(), (roll(0), roll(7)), roll(7), 1.0), [LeaderboardRow(MARLOW, 5, 1, None)]
    )

    assert (data.epoch, data.epoch_state, data.commitment, data.range) == (3, "open", "ab", 100)
    assert data.record is not None
    assert (data.record.viewer_name, data.record.distance) == ("Marlow", 7)
    assert [(row.viewer_name, row.rolls, row.wins, row.closest) for row in data.leaderboard] == [("Marlow", 5, 1, None)]
    assert [(each.distance, each.won, each.entry, each.chain) for each in data.recent] == [
        (0, True, 9, "ff"),
        (7, False, 9, "ff"),
    ]


def test_the_newest_unlocks() -> None:
    hat = Definition("first_roll", "In the Hat", "Your first raffle roll", "1f3b2", "raffle_roll", 1, "cumulative")

    data = achievements_data([Unlock(MARLOW, hat, START, "s", "sent")] * 30)

    assert len(data.recent) == 20
    assert (data.recent[0].viewer_name, data.recent[0].name, data.recent[0].icon) == ("Marlow", "In the Hat", "1f3b2")


def test_the_hold() -> None:
    assert hold_data(HoldState(held=True, since=START, by="Marlow")).held
    assert not hold_data(HoldState(held=False, since=None, by=None)).held
