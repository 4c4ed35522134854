"""Who asked for what plays: attribution by occurrence in Spotify's queue, not by track.

Spotify's queue has no id per entry. So each picture of it is laid over the one before: what was there keeps whose it
is, what is new is given to the requests that were handed over and not seen yet, first come, first served, and
everything else is autoplay or somebody's own addition.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from companion.kernel.instant import Instant
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture

SLACK: Final = timedelta(seconds=3)
"""How far Spotify's progress and our clock may disagree."""
CROSSFADE: Final = timedelta(seconds=15)
"""A song that ends so much too early has not been skipped: Spotify fades up to 12 s into the next."""
FORGOTTEN: Final = timedelta(hours=6)
"""A song that was paused or closed away for so long does not go on any more."""
SETTLED: Final = timedelta(seconds=10)
"""So long after a hand-over Spotify's queue surely shows it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One upcoming occurrence; `request` None: nobody asked for it here.

    `added`: it was seen to come in between, so somebody has put it into the queue; else it may be the list's.
    `listed`: it is known to be of the list that Spotify plays by itself, behind everything that was added.
    """

    uri: str
    request: str | None = None
    added: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Current:
    """The occurrence that plays (or is paused), as it was last seen."""

    uri: str
    request: str | None
    since: Instant
    progress: timedelta
    duration: timedelta
    is_playing: bool
    seen_at: Instant

    @property
    def heard(self) -> bool:
        """Whether any of it was: not one that came while Spotify was paused."""
        return self.is_playing or self.progress > SLACK

    @property
    def expected_end(self) -> Instant:
        """When it ends if it plays on."""
        return self.seen_at + self.duration - self.progress


@dataclass(frozen=True, slots=True)
class Known:
    """What the last picture came to."""

    current: Current | None = None
    upcoming: tuple[Slot, ...] = ()

    @property
    def listed(self) -> tuple[str, ...]:
        """What comes next of Spotify's own list, as far as it is in sight and known to be that."""
        return tuple(slot.uri for slot in self.upcoming if slot.listed)


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that may stand in Spotify's queue. `certain`: Spotify has said that it does; `seen`: it was seen."""

    id: str
    uri: str
    handed_over_at: Instant
    certain: bool = True
    seen: bool = False

    def may_be_old(self, now: Instant) -> bool:
        """Whether it may be one of the occurrences that are known already: it must be there, and none was new."""
        return self.certain and not self.seen and now - self.handed_over_at >= SETTLED


@dataclass(frozen=True, slots=True)
class Ended:
    """The occurrence that played is gone."""

    request: str | None
    skipped: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """What a picture shows: the new state, what began and ended with it, and which requests stand in Spotify."""

    known: Known
    began: str | None = None
    ended: Ended | None = None
    seen: frozenset[str] = frozenset()
    sees_queue: bool = True
    """False: Spotify's queue is not known just now, so that nothing is missing in it."""


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
        slots = _label(rest, shown, pending, playing=None, now=picture.seen_at)
        return Observation(Known(None, slots), None, _ended(known.current, picture), _seen(slots))
    if known.current is not None and _goes_on(known.current, picture, picture.track, taken):
        current = _seen_again(known.current, picture)
        slots = _label(known.upcoming, shown, pending, playing=current.request, now=picture.seen_at)
        return Observation(Known(current, slots), None, None, _seen(slots))
    owner = _owner(known, picture, picture.track, taken, pending)
    slots = _label(rest, shown, pending, playing=owner, now=picture.seen_at)
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


def align(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Which places of `before` and `after` are the same occurrence: a longest common subsequence, earliest first.

    Earliest first, because Spotify appends: of two equal neighbours the later one is the new one.
    """
    length = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            same = before[i] == after[j]
            length[i][j] = 1 + length[i + 1][j + 1] if same else max(length[i + 1][j], length[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if before[i] == after[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif length[i + 1][j] >= length[i][j + 1]:
            i += 1
        else:
            j += 1
    return tuple(pairs)


def _gain(rest: Sequence[Slot], shown: Sequence[str]) -> int:
    """How well `rest` explains what is shown: places kept, less places that would have been lost."""
    kept = len(align([slot.uri for slot in rest], shown))
    return 2 * kept - len(rest)


def _taken(known: Known, picture: PlaybackPicture, shown: Sequence[str]) -> int | None:
    """Which upcoming occurrence has become the playing one; None: none of them."""
    if picture.track is None:
        return None
    best, most = None, _gain(known.upcoming, shown)
    for place, slot in enumerate(known.upcoming):
        if slot.uri != picture.track.uri:
            continue
        gain = _gain(known.upcoming[place + 1 :], shown)
        if gain > most or (gain == most and best is None):
            best, most = place, gain
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


def _label(
    rest: Sequence[Slot], shown: Sequence[str], pending: Sequence[Pending], *, playing: str | None, now: Instant
) -> tuple[Slot, ...]:
    """Whose each shown occurrence is."""
    known = {one.id for one in pending if one.id != playing}
    slots = [Slot(uri) for uri in shown]
    kept = align([slot.uri for slot in rest], shown)
    for i, j in kept:
        slots[j] = replace(rest[i], listed=False, request=rest[i].request if rest[i].request in known else None)
    news = _news(slots, {j for _, j in kept})
    ours: set[int] = set()
    labelled = {slot.request for slot in slots}
    for one in pending:
        if one.id not in known or one.id in labelled:
            continue
        free = [j for j, slot in enumerate(slots) if slot.uri == one.uri and slot.request is None]
        fresh = [j for j in free if j in news]
        if not fresh and one.may_be_old(now):
            fresh = free
        if fresh:
            slots[fresh[0]] = Slot(one.uri, one.id, added=True)
            ours |= {fresh[0]} & news
    last = max((j for _, j in kept), default=0)
    listed = _list_begins(rest, kept, ours)
    return tuple(
        replace(slot, added=slot.added or (j in news and j < last), listed=listed is not None and j >= listed)
        for j, slot in enumerate(slots)
    )


def _list_begins(rest: Sequence[Slot], kept: Sequence[tuple[int, int]], ours: Collection[int]) -> int | None:
    """The first place that is certainly of Spotify's list.

    What we add comes behind all that was added before. So what stood there already, and stands behind it now, was
    not added by anybody.
    """
    old = [j for i, j in kept if rest[i].listed]
    behind = [j for _, j in kept if ours and j > min(ours)]
    return min((*old, *behind), default=None)


def _news(slots: Sequence[Slot], old: Collection[int]) -> frozenset[int]:
    """Which places are new. Of a song several times in a row, not known to be anybody's, the first is.

    Spotify plays what was added before it goes on with its list, so the one behind it is the list's.
    """
    news: set[int] = set()
    for place in range(len(slots)):
        if place not in old:
            first = place
            while first > 0 and first - 1 not in news and slots[first - 1] == slots[place]:
                first -= 1
            news.add(first)
    return frozenset(news)


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
