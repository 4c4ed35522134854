"""The JSON of tracks, episodes, devices and the player.

Source: developer.spotify.com/documentation/web-api/reference (get-information-about-the-users-current-playback).
"""

from __future__ import annotations

from companion.simulator.answers import Json
from companion.simulator.catalogue import EPISODE, LOCAL_SONG, Song, base62_id
from companion.simulator.images import SIZES
from companion.simulator.spotify_player import DEVICES, ODD_URIS, NowPlaying
from companion.simulator.world_state import Player


def images(base: str, kind: str, name: str) -> list[Json]:
    """The sizes of one picture, largest first."""
    return [{"url": f"{base}/images/{kind}/{name}.png?size={size}", "height": size, "width": size} for size in SIZES]


def artist(name: str) -> Json:
    """The simplified artist."""
    key = base62_id(f"artist:{name}")
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/artist/{key}"},
        "href": f"https://api.spotify.com/v1/artists/{key}",
        "id": key,
        "name": name,
        "type": "artist",
        "uri": f"spotify:artist:{key}",
    }


def track(song: Song, base: str, length_ms: int | None = None) -> Json:
    """The full track, without what development mode no longer gets (popularity, available_markets, linked_from).

    `length_ms`: how long it lasts now, where that is not its own length.
    """
    album = base62_id(f"album:{song.album}")
    return {
        "album": {
            "album_type": "album",
            "artists": [artist(song.artists[0])],
            "external_urls": {"spotify": f"https://open.spotify.com/album/{album}"},
            "href": f"https://api.spotify.com/v1/albums/{album}",
            "id": album,
            "images": images(base, "cover", album),
            "name": song.album,
            "release_date": f"{song.year}-03-01",
            "release_date_precision": "day",
            "total_tracks": 11,
            "type": "album",
            "uri": f"spotify:album:{album}",
        },
        "artists": [artist(name) for name in song.artists],
        "disc_number": 1,
        "duration_ms": song.duration_ms if length_ms is None else length_ms,
        "explicit": song.explicit,
        "external_ids": {"isrc": f"XX{song.id[:3].upper()}{song.year % 100:02d}{song.seconds:05d}"},
        "external_urls": {"spotify": f"https://open.spotify.com/track/{song.id}"},
        "href": f"https://api.spotify.com/v1/tracks/{song.id}",
        "id": song.id,
        "is_local": False,
        "is_playable": True,
        "name": song.title,
        "track_number": 1 + song.seconds % 11,
        "type": "track",
        "uri": song.uri,
    }


def _local_track() -> Json:
    song = LOCAL_SONG
    return {
        "album": {"album_type": None, "artists": [], "id": None, "images": [], "name": song.album, "type": "album"},
        "artists": [{"external_urls": {}, "href": None, "id": None, "name": song.artists[0], "type": "artist"}],
        "disc_number": 0,
        "duration_ms": song.duration_ms,
        "explicit": False,
        "external_ids": {},
        "external_urls": {},
        "href": None,
        "id": None,
        "is_local": True,
        "name": song.title,
        "track_number": 0,
        "type": "track",
        "uri": song.local_uri,
    }


def _episode(base: str) -> Json:
    key = EPISODE.id
    pictures = images(base, "cover", key)
    return {
        "description": "Invented for this simulator.",
        "duration_ms": EPISODE.seconds * 1000,
        "explicit": False,
        "external_urls": {"spotify": f"https://open.spotify.com/episode/{key}"},
        "href": f"https://api.spotify.com/v1/episodes/{key}",
        "id": key,
        "images": pictures,
        "is_playable": True,
        "name": EPISODE.title,
        "release_date": "2026-02-02",
        "show": {
            "id": base62_id(EPISODE.show),
            "name": EPISODE.show,
            "publisher": EPISODE.publisher,
            "images": pictures,
        },
        "type": "episode",
        "uri": f"spotify:episode:{key}",
    }


def odd_item(uri: str, base: str) -> Json | None:
    """What stands in the queue and is no track: an episode, a local file, nothing for an ad, else fields missing."""
    match ODD_URIS[uri]:
        case "episode":
            return _episode(base)
        case "local":
            return _local_track()
        case "ad":
            return None
        case _:
            return {"name": "", "type": "track", "uri": uri, "artists": [], "is_local": False}


def device(name: str, player: Player) -> Json:
    """One device of the list."""
    key, label, kind = DEVICES[name]
    return {
        "id": key,
        "is_active": player.device == name,
        "is_private_session": player.private_session,
        "is_restricted": False,
        "name": label,
        "supports_volume": name == "desktop",
        "type": kind,
        "volume_percent": player.volume_percent if name == "desktop" else None,
    }


def item(playing: NowPlaying, player: Player, base: str, *, episodes: bool) -> Json | None:
    """What plays, or `None` where Spotify hides it: ads, unknown things, private sessions, episodes not asked for."""
    if player.private_session:
        return None
    match playing.kind:
        case "track" if playing.song is not None:
            return track(playing.song, base, playing.duration_ms)
        case "local":
            return _local_track()
        case "episode" if episodes:
            return _episode(base)
        case _:
            return None


def playback(playing: NowPlaying, player: Player, base: str, *, episodes: bool, timestamp_ms: int) -> Json:
    """The body of `currently-playing`."""
    shown = "unknown" if player.private_session else playing.kind
    disallows = {"pausing": True} if not playing.is_playing else {"resuming": True}
    if playing.kind == "ad":
        disallows |= {"seeking": True, "skipping_next": True, "skipping_prev": True}
    key = base62_id("playlist:workroom")
    return {
        "timestamp": timestamp_ms,
        "context": {
            "external_urls": {"spotify": f"https://open.spotify.com/playlist/{key}"},
            "href": f"https://api.spotify.com/v1/playlists/{key}",
            "type": "playlist",
            "uri": f"spotify:playlist:{key}",
        }
        if playing.kind in ("track", "local")
        else None,
        "progress_ms": playing.progress_ms if shown != "unknown" else None,
        "item": item(playing, player, base, episodes=episodes),
        "currently_playing_type": "track" if shown == "local" else shown,
        "actions": {"disallows": disallows},
        "is_playing": playing.is_playing,
    }
