from __future__ import annotations

import json
from datetime import timedelta
from types import ModuleType
from typing import get_args

from pydantic import BaseModel

from companion.ports.failures import NetworkDown
from companion.ports.playback import PlaybackState
from companion.ports.spotify import PlaybackPicture, Track
from companion.ports.stream import StreamState, ViewerPoint
from companion.services.overlay import wire, wire_events, wire_topics
from companion.services.overlay.page_files import PAGES, load_page_files
from companion.services.overlay.wire_base import Wire
from tests.fakes.clock import START
from tests.unit.services.overlay.desk import RESOURCES

TRACK = Track(
    "id",
    "spotify:track:id",
    "Title",
    ("A", "B"),
    "Album",
    200_000,
    True,
    "https://i.scdn.co/x",
    "https://open.spotify.com/track/id",
)
LIVE = StreamState(True, "session", "stream", START, None, 40, 30, START, None)


def test_instants_are_fixed_width_text() -> None:
    data = json.loads(wire_topics.live_data(LIVE, ()).model_dump_json())

    assert data["started_at"] == "2026-01-01T00:00:00.000000Z"
    assert (data["viewers"], data["peak_viewers"], data["ended_at"]) == (30, 40, None)


def test_the_sparkline_keeps_the_newest_points() -> None:
    points = [ViewerPoint("session", START + timedelta(minutes=number), number) for number in range(300)]

    kept = wire_topics.live_data(LIVE, points).sparkline

    assert (len(kept), kept[0].viewers, kept[-1].viewers) == (240, 60, 299)


def test_a_track_carries_what_the_page_needs_to_go_on_by_itself() -> None:
    picture = PlaybackPicture("track", TRACK, None, True, 5_000, "Desk", START)

    data = wire_topics.now_playing_data(PlaybackState(picture, NetworkDown("x"), START, True, None))

    assert (data.title, data.artists, data.progress_ms, data.duration_ms) == ("Title", ("A", "B"), 5_000, 200_000)
    assert (data.seen_at, data.trouble, data.trouble_since) == (START, "NetworkDown", START)


def test_an_episode_has_a_title_only_and_nothing_known_is_said_so() -> None:
    episode = wire_topics.now_playing_data(
        PlaybackState(PlaybackPicture("episode", None, "Part 4", False, 0, None, START), None, None, True, None)
    )
    unknown = wire_topics.now_playing_data(PlaybackState(None, None, None, False, None))

    assert (episode.kind, episode.title, episode.cover_url, episode.duration_ms) == ("episode", "Part 4", None, None)
    assert (unknown.kind, unknown.seen_at) == ("unknown", None)


def forms(module: ModuleType) -> list[type[BaseModel]]:
    return [it for it in vars(module).values() if isinstance(it, type) and issubclass(it, Wire) and it is not Wire]


def test_the_written_protocol_names_every_topic_and_event() -> None:
    text = (RESOURCES / "PROTOCOL.md").read_text()

    assert [topic for topic in get_args(wire_topics.Topic) if f"### `{topic}`" not in text] == []
    assert [name for name in get_args(wire_events.EventName) if f"| `{name}` |" not in text] == []


def test_the_written_protocol_names_every_message_and_field() -> None:
    text = (RESOURCES / "PROTOCOL.md").read_text()
    models: list[type[BaseModel]] = [
        wire.Welcome,
        wire.Snapshot,
        wire.StateMessage,
        wire.EventMessage,
        wire.Tick,
        wire.Hello,
        wire.ObsStatus,
        *forms(wire_topics),
        *forms(wire_events),
    ]
    assert len(models) > 30
    names = {name for model in models for name in model.model_fields if name != "type"}
    names |= {model.model_fields["type"].annotation.__args__[0] for model in models[:5]}  # type: ignore[union-attr]  # a Literal

    assert {name for name in names if f"`{name}`" not in text} == set()


def test_every_asset_that_a_page_or_script_names_is_served() -> None:
    files = load_page_files(RESOURCES)

    for name in PAGES:
        page = files.pages[name].decode()
        for part in page.split(f"/overlay/assets/{files.version}/")[1:]:
            assert part.split('"')[0] in files.assets
    for name, (content, _) in files.assets.items():
        for part in content.decode().split('from "./')[1:]:
            assert part.split('"')[0] in files.assets, name


def test_the_version_changes_with_any_byte(tmp_path: object) -> None:
    from pathlib import Path
    from shutil import copytree

    copy = Path(str(tmp_path)) / "overlay"
    copytree(RESOURCES, copy)
    before = load_page_files(copy).version
    (copy / "live.css").write_bytes((copy / "live.css").read_bytes() + b" ")

    assert load_page_files(copy).version != before
