"""Who asked for what plays: attribution by occurrence in Spotify's queue, not by track. Pure.

Each picture of Spotify is laid over the one before: either the same occurrence plays on, or one that was upcoming has
become the playing one, or something began that was not seen to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from companion.objects.song_queue.occurrences import SLACK, Current, Ended, Known, Observation, Pending, Slot
from companion.objects.song_queue.upcoming import fit, label
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture

CROSSFADE: Final = timedelta(seconds=15)
"""A song that ends so much too early has not been skipped: Spotify fades up to 12 s into the next."""
FORGOTTEN: Final = timedelta(hours=6)
"""A song that was paused or closed away for so long does not go on any more."""


def observe(
    known: Known, picture: PlaybackPicture, upcoming: UpcomingPicture | None, pending: Sequence[Pending]
) -> Observation:
    """Lay a new picture over what is known. `pending` in the order in which they were handed over."""
    if upcoming is None or picture.kind in {"nothing", "unknown"}:
        return _nothing_known(known, picture)
    shown = [track.uri for track in upcoming.upcoming]
    taken = _taken(known, picture, shown)
    rest = known.upcoming if taken is None else known.upcoming[taken + 1 :]
    if picture.track is None:  # an advertisement, an episode, a file: the song before it is over
        slots = label(rest, shown, pending, playing=None, now=picture.seen_at)
        return Observation(Known(None, slots), None, _ended(known.current, picture), _seen(slots))
    if known.current is not None and _goes_on(known.current, picture, picture.track, taken):
        current = _seen_again(known.current, picture)
        slots = label(known.upcoming, shown, pending, playing=current.request, now=picture.seen_at)
        return Observation(Known(current, slots), None, None, _seen(slots))
    owner = _owner(known, picture, picture.track, taken, pending)
    slots = label(rest, shown, pending, playing=owner, now=picture.seen_at)
    current = _started(picture, picture.track, owner, known)
    seen = _seen(slots) | ({owner} if owner is not None else frozenset())
    return Observation(Known(current, slots), owner, _ended(known.current, picture), seen)


def _nothing_known(known: Known, picture: PlaybackPicture) -> Observation:
    """Spotify is closed, or in private: a song that was paused may yet go on where it stopped."""
    current = known.current
    if current is not None and picture.seen_at - current.seen_at > FORGOTTEN:
        return Observation(Known(None, known.upcoming), None, _ended(current, picture), sees_queue=False)
    still = None if current is None else replace(current, is_playing=False)
    return Observation(Known(still, known.upcoming), sees_queue=False)


def _taken(known: Known, picture: PlaybackPicture, shown: Sequence[str]) -> int | None:
    """Which upcoming occurrence has become the playing one; None: none of them."""
    if picture.track is None:
        return None
    best, most = None, fit(known.upcoming, shown)
    for place, slot in enumerate(known.upcoming):
        if slot.uri != picture.track.uri:
            continue
        found = fit(known.upcoming[place + 1 :], shown)
        if found > most or (found == most and best is None):
            best, most = place, found
    return best


def _goes_on(current: Current, picture: PlaybackPicture, track: Track, taken: int | None) -> bool:
    """Whether the same occurrence still plays: through pause, resume and seek, but not the same song once more."""
    if current.uri != track.uri:
        return False
    progress = timedelta(milliseconds=picture.progress_ms)
    passed = max(picture.seen_at - current.seen_at, timedelta(0))
    expected = current.progress + (passed if current.is_playing else timedelta(0))
    if progress > passed + SLACK:
        return True  # it cannot have begun since then
    if taken is not None:
        return False
    if progress >= current.progress or abs(progress - expected) <= SLACK:
        return True
    return current.expected_end > picture.seen_at - progress + CROSSFADE  # a seek backwards, or the song once more


def _owner(
    known: Known, picture: PlaybackPicture, track: Track, taken: int | None, pending: Sequence[Pending]
) -> str | None:
    if taken is not None and known.upcoming[taken].request is not None:
        mine = known.upcoming[taken].request
        return mine if any(one.id == mine for one in pending) else None
    labelled = {slot.request for slot in known.upcoming}
    began = picture.seen_at - timedelta(milliseconds=picture.progress_ms)
    unseen = [one for one in pending if one.uri == track.uri and one.id not in labelled]
    fitting = [one for one in unseen if began >= one.handed_over_at - SLACK]
    if taken is not None:
        # What was there before the hand-over is somebody else's, unless nothing else can be ours.
        fitting = [one for one in fitting if one.may_be_old(picture.seen_at)]
    return fitting[0].id if fitting else None


def _seen(slots: Sequence[Slot]) -> frozenset[str]:
    return frozenset(slot.request for slot in slots if slot.request is not None)


def _seen_again(current: Current, picture: PlaybackPicture) -> Current:
    return replace(
        current,
        progress=timedelta(milliseconds=picture.progress_ms),
        is_playing=picture.is_playing,
        seen_at=picture.seen_at,
    )


def _started(picture: PlaybackPicture, track: Track, owner: str | None, known: Known) -> Current:
    progress = timedelta(milliseconds=picture.progress_ms)
    since = picture.seen_at - progress
    if known.current is not None:
        since = min(max(since, known.current.seen_at), picture.seen_at)
    duration = timedelta(milliseconds=track.duration_ms)
    return Current(track.uri, owner, since, progress, duration, picture.is_playing, picture.seen_at)


def _ended(current: Current | None, picture: PlaybackPicture) -> Ended | None:
    """Skipped, unless there was time enough to play it to its end before the next thing began.

    Where the clock was set back nobody knows how much time there was; then nobody is told that it was skipped.
    """
    if current is None:
        return None
    if picture.seen_at < current.seen_at:
        return Ended(current.request, skipped=False)
    latest = picture.seen_at - timedelta(milliseconds=picture.progress_ms)
    if picture.track is None:
        latest = picture.seen_at
    return Ended(current.request, skipped=current.expected_end > latest + CROSSFADE)
