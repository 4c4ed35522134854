"""Whose the upcoming occurrences are: a new picture of Spotify's queue is laid over the one before. Pure.

What was there keeps whose it is, what is new is given to the requests that were handed over and not seen yet, first
come, first served, and everything else is autoplay or somebody's own addition.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from companion.kernel.instant import Instant
from companion.objects.song_queue.occurrences import Pending, Slot


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


def fit(rest: Sequence[Slot], shown: Sequence[str]) -> int:
    """How well `rest` explains what is shown: places kept, less places that would have been lost."""
    kept = len(align([slot.uri for slot in rest], shown))
    return 2 * kept - len(rest)


def label(
    rest: Sequence[Slot], shown: Sequence[str], pending: Sequence[Pending], *, playing: str | None, now: Instant
) -> tuple[Slot, ...]:
    """Whose each shown occurrence is.

    `rest`: what was upcoming before and has not been played since. `playing`: the request that plays, which cannot
    stand among the upcoming ones too. `now`: when the picture was seen.
    """
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
