"""From Spotify's wire models to the values of `ports.spotify`: decisions only, no I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence

from companion.kernel.instant import Instant
from companion.ports.spotify import PlaybackPicture, PlayingKind, Track, UpcomingPicture
from companion.ports.tokens import Account
from companion.services.spotify.wire import Image, Item, Me, Player, Queue

COVER_WIDTH = 300
"""Pixels: the smallest picture at least this wide is sharp enough everywhere it is shown."""
MOST_SHOWN = 20
"""Items of its queue that Spotify shows at most."""
TRACK_ID = re.compile(r"[0-9A-Za-z]{22}\Z")


def nothing(*, seen_at: Instant) -> PlaybackPicture:
    """The picture behind a 204."""
    return PlaybackPicture("nothing", None, None, is_playing=False, progress_ms=0, device_name=None, seen_at=seen_at)


def picture_of(player: Player, *, seen_at: Instant) -> PlaybackPicture:
    """What plays. Ads, private sessions and kinds not known here have no track, and often no title either."""
    track = track_of(player.item) if player.item is not None else None
    kind = _kind(player, track)
    shown = track if kind == "track" else None
    progress = max(player.progress_ms or 0, 0)
    if shown is not None:
        progress = min(progress, shown.duration_ms)
    title = player.item.name or None if player.item is not None and kind in {"track", "episode", "local"} else None
    return PlaybackPicture(
        kind=kind,
        track=shown,
        title=title,
        is_playing=player.is_playing and kind != "nothing",
        progress_ms=progress,
        device_name=player.device.name if player.device is not None else None,
        seen_at=seen_at,
    )


def _kind(player: Player, track: Track | None) -> PlayingKind:
    item = player.item
    if player.currently_playing_type == "ad":
        return "ad"
    if item is None:
        return "unknown" if player.is_playing else "nothing"
    if item.is_local:
        return "local"
    if item.type == "episode":
        return "episode"
    return "track" if track is not None else "unknown"


def track_of(item: Item) -> Track | None:
    """A track of Spotify's catalogue; None for episodes, local files and items without id, address, name or length."""
    if item.type not in {None, "track"} or item.is_local:
        return None
    if not item.id or not item.uri or not item.name or item.duration_ms is None:
        return None
    album = item.album
    link = item.external_urls.spotify if item.external_urls is not None else None
    return Track(
        id=item.id,
        uri=item.uri,
        title=item.name,
        artists=tuple(artist.name for artist in item.artists or () if artist is not None and artist.name),
        album=(album.name or "") if album is not None else "",
        duration_ms=item.duration_ms,
        explicit=bool(item.explicit),
        cover_url=choose_image((album.images or ()) if album is not None else ()),
        link=link if link is not None and is_web_address(link) else f"https://open.spotify.com/track/{item.id}",
    )


def upcoming_of(queue: Queue, *, seen_at: Instant) -> UpcomingPicture:
    """Spotify's queue. What is no track of the catalogue is left out, one by one."""
    tracks = (track_of(item) for item in queue.queue if item is not None)
    current = track_of(queue.currently_playing) if queue.currently_playing is not None else None
    upcoming = tuple(track for track in tracks if track is not None)
    return UpcomingPicture(current, upcoming, seen_at, is_full=len(queue.queue) >= MOST_SHOWN)


def account_of(me: Me) -> Account:
    """The signed-in person; the lasting `account_id` where Spotify sends it."""
    return Account(
        user_id=me.account_id or me.id,
        login=me.id,
        display_name=me.display_name or me.id,
        picture_url=choose_image(me.images or ()),
    )


def choose_image(images: Sequence[Image]) -> str | None:
    """The smallest one at least `COVER_WIDTH` wide, else the largest; None without a usable address."""
    usable = [image for image in images if is_web_address(image.url)]
    if not usable:
        return None
    enough = [image for image in usable if (image.width or 0) >= COVER_WIDTH]
    if enough:
        return min(enough, key=lambda image: image.width or 0).url
    return max(usable, key=lambda image: image.width or 0).url


def is_web_address(text: str) -> bool:
    """Whether a page or a browser may be given this address."""
    return text.startswith(("https://", "http://"))
