"""What a song request says in chat: the viewer's name first, one fact, at most one emoji."""

from __future__ import annotations

from companion.ports.saga_params import SongRequestParams
from companion.ports.song_steps import Admitted, ResolvedTrack
from companion.ports.spotify import Track

_LONGEST_NAME = 120


def let_in(params: SongRequestParams, found: ResolvedTrack, admitted: Admitted) -> str:
    """It stands in the queue; for a search, with what was found."""
    song = named(found.track)
    what = f"the best match is {song}, it" if found.found == "search" else song
    if admitted.needs_approval:
        return f"{params.viewer.display_name}, {what} waits for a yes from the streamer."
    place = "is next" if admitted.position in {None, 1} else f"is number {admitted.position} in the queue"
    return f"{params.viewer.display_name}, {what} {place}{_about(admitted.wait)}. 🎵"


def refused(params: SongRequestParams, text: str, *, points_back: bool) -> str:
    """It came to nothing, and why."""
    back = " Your points are back." if points_back else ""
    return f"{params.viewer.display_name}: {text}{back}"


def summary(params: SongRequestParams) -> str:
    """Whose request a run is."""
    text = " ".join(params.text.split())
    return f"{params.viewer.display_name} asked for “{cut(text)}”"


def named(track: Track) -> str:
    """Title and artists."""
    by = f" by {', '.join(track.artists)}" if track.artists else ""
    return f"“{cut(track.title)}”{cut(by)}"


def cut(text: str) -> str:
    """Some titles are novels."""
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1].rstrip()}…"


def _about(wait: float | None) -> str:
    if wait is None or wait < 30:
        return ""
    minutes = max(round(wait / 60), 1)
    return f", in about {minutes} min"
