"""Which session of the stream a request belongs to, and whether that is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from companion.kernel.instant import Instant
from companion.objects.song_queue.progress import unheard
from companion.objects.song_queue.state import Entry
from companion.ports.events import StreamSessionEnded
from companion.ports.stream import StreamLifecyclePort


class Sessions:
    """Asks the stream. Its instants, and when a request was made, are Twitch's."""

    def __init__(self, *, stream: StreamLifecyclePort) -> None:
        self._stream = stream

    def current_id(self) -> str | None:
        """The session that a request of now belongs to: the running one, or one that may still be continued."""
        state = self._stream.get_stream_state()
        return state.session_id if state.is_live or state.resume_until is not None else None

    def has_ended(self, entry: Entry) -> bool:
        """Whether the session that it was asked in, or off air before, is no more."""
        running = self.current_id()
        if running is not None or entry.session_id is not None:
            return entry.session_id not in {None, running}
        ended_at = self._stream.get_stream_state().ended_at
        return ended_at is not None and entry.requested_at <= ended_at

    def unless_ended(self, entry: Entry, now: Instant) -> Entry:
        """As Spotify took it; over if the session ended in between, for then nobody else ends it."""
        return unheard(entry, now) if self.has_ended(entry) else entry


def unheard_in(entries: Iterable[Entry], ended: StreamSessionEnded, now: Instant) -> Iterator[Entry]:
    """Those of `entries` that are over with the session: what was not heard, as it stood until then.

    What plays is heard. With the session goes what an earlier one left, or was asked for off air before.
    """
    for entry in entries:
        asked_before = entry.session_id == ended.session_id or entry.requested_at <= ended.ended_at
        if not asked_before or entry.state == "playing":
            continue
        if entry.handing and not entry.is_stuck(now):  # its run learns what came of it, and that it is over
            continue
        yield entry
