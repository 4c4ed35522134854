"""What the song queue tells the others of requests: that one was heard, or came to nothing."""

from __future__ import annotations

from collections.abc import Callable

from companion.kernel.instant import Instant
from companion.objects.song_queue.state import Entry
from companion.ports.events import SongRequestRefused, SongRequestSucceeded
from companion.ports.song_steps import Refused
from companion.ports.transaction import Transaction
from companion.ports.viewers import Viewer, ViewersPort
from companion.runtime.event_bus import EventBus


class Publisher:
    """The events bear the viewers' newest names, and the same request always makes the same event.

    `twitch_time` gives what Twitch's clock showed at an instant of ours.
    """

    def __init__(self, *, bus: EventBus, viewers: ViewersPort, twitch_time: Callable[[Instant], Instant]) -> None:
        self._bus = bus
        self._viewers = viewers
        self._twitch_time = twitch_time

    def heard(self, tx: Transaction, entry: Entry) -> None:
        """Publish its success, if it was seen playing."""
        if entry.state not in {"playing", "played"} or entry.playing_since is None:
            return
        named = self._newest(entry.viewer)
        event = SongRequestSucceeded(
            event_id=f"song_request_success:{entry.id}",
            at=self._twitch_time(entry.playing_since),
            request_id=entry.id,
            source=entry.source,
            session_id=entry.session_id,
            viewer_id=named.user_id,
            viewer_name=named.display_name,
            track_id=entry.track.id,
            title=entry.track.title,
            artists=entry.track.artists,
        )
        self._bus.add(tx, event)

    def refused(self, tx: Transaction, refused: Refused, *, session_id: str | None, at: Instant) -> None:
        """Publish that it came to nothing."""
        named = self._newest(refused.viewer)
        event = SongRequestRefused(
            event_id=f"song_request_refused:{refused.request_id}",
            at=at,
            request_id=refused.request_id,
            source=refused.source,
            session_id=session_id,
            viewer_id=named.user_id,
            viewer_name=named.display_name,
            reason=refused.reason,
            by_viewer=refused.by_viewer,
            text=refused.text,
        )
        self._bus.add(tx, event)

    def _newest(self, viewer: Viewer) -> Viewer:
        return self._viewers.get(viewer.user_id) or viewer
