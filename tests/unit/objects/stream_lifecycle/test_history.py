"""Reads over the recorded counts: inclusive bounds, pages with a total, thinned series."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.kernel.instant import Instant
from companion.kernel.result import Err, expect_ok
from companion.objects.stream_lifecycle import history
from companion.objects.stream_lifecycle.tables import ViewerSnapshotRow
from companion.ports.stream import BadRange, ViewerBucket
from tests.fakes.runtime import Rig
from tests.unit.objects.stream_lifecycle.stage import Stage, after


def write(rig: Rig, *points: tuple[float, int], session: str = "s") -> None:
    with rig.transactions.begin() as tx:
        tx.session.add_all(
            ViewerSnapshotRow(session_id=session, at=after(at), viewer_count=count) for at, count in points
        )


@pytest.fixture
def minutes(stage: Stage) -> Stage:
    """Ten counts, one a minute: 0, 10, ... 90."""
    write(stage.rig, *((minute * 60, minute * 10) for minute in range(10)))
    return stage


async def counts(stage: Stage, since: Instant | None = None, until: Instant | None = None, **page: int) -> list[int]:
    found = expect_ok(await stage.life.get_viewer_history(since, until, **page))
    return [point.viewer_count for point in found.points]


async def test_without_bounds_everything_ascending(minutes: Stage) -> None:
    assert await counts(minutes) == list(range(0, 100, 10))


async def test_both_bounds_are_inclusive(minutes: Stage) -> None:
    assert await counts(minutes, after(120), after(240)) == [20, 30, 40]
    assert await counts(minutes, after(120.000001), after(239.999999)) == [30]
    assert await counts(minutes, after(120), after(120)) == [20]
    assert await counts(minutes, since=after(480)) == [80, 90]
    assert await counts(minutes, until=after(60)) == [0, 10]
    assert await counts(minutes, after(10_000), after(20_000)) == []


@pytest.mark.parametrize("hours", [-11, -3.5, 0, 5.75, 14])
async def test_bounds_in_any_offset_are_instants(minutes: Stage, hours: float) -> None:
    there = timezone(timedelta(hours=hours))
    assert await counts(minutes, after(120).astimezone(there), after(240).astimezone(there)) == [20, 30, 40]
    series = expect_ok(
        await minutes.life.get_viewer_series(after(0).astimezone(there), after(600).astimezone(there), buckets=2)
    )
    assert [bucket.start for bucket in series] == [after(0), after(300)]
    assert all(bucket.start.utcoffset() == timedelta(0) for bucket in series)


async def test_limit_and_offset_page_through_with_the_total_of_all(minutes: Stage) -> None:
    seen: list[int] = []
    for offset in range(0, 12, 3):
        found = expect_ok(await minutes.life.get_viewer_history(after(60), None, limit=3, offset=offset))
        assert found.total == 9
        seen += [point.viewer_count for point in found.points]
    assert seen == list(range(10, 100, 10))
    assert await counts(minutes, offset=8) == [80, 90]
    assert await counts(minutes, limit=1) == [0]


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-1, 0), (1, -1)])
async def test_pages_that_make_no_sense_are_refused(minutes: Stage, limit: int, offset: int) -> None:
    answer = await minutes.life.get_viewer_history(limit=limit, offset=offset)
    assert isinstance(answer, Err) and isinstance(answer.error, BadRange)


async def test_bounds_that_make_no_sense_are_refused(minutes: Stage) -> None:
    naive = after(0).replace(tzinfo=None)
    for since, until in ((after(1), after(0)), (naive, None), (None, naive), (naive, naive)):
        answer = await minutes.life.get_viewer_history(since, until)
        assert isinstance(answer, Err) and isinstance(answer.error, BadRange)
    for buckets in (0, -1, 2001):
        series = await minutes.life.get_viewer_series(after(0), after(1), buckets=buckets)
        assert isinstance(series, Err) and isinstance(series.error, BadRange)
    assert isinstance(await minutes.life.get_viewer_series(after(1), after(0), buckets=5), Err)
    assert isinstance(await minutes.life.get_viewer_series(naive, after(0), buckets=5), Err)


async def test_long_histories_are_read_in_chunks(stage: Stage) -> None:
    write(stage.rig, *((number, number) for number in range(1700)))
    assert await counts(stage) == list(range(1700))
    assert history.CHUNK == 500


async def test_a_series_gives_minimum_maximum_and_average_of_each_stretch(minutes: Stage) -> None:
    series = expect_ok(await minutes.life.get_viewer_series(after(0), after(600), buckets=5))
    assert list(series) == [
        ViewerBucket(after(120 * number), 20 * number, 20 * number + 10, 20 * number + 5.0, 2) for number in range(5)
    ]


async def test_empty_stretches_are_left_out(stage: Stage) -> None:
    write(stage.rig, (0, 5), (90, 7))
    series = expect_ok(await stage.life.get_viewer_series(after(0), after(100), buckets=10))
    assert [(bucket.start, bucket.samples) for bucket in series] == [(after(0), 1), (after(90), 1)]


async def test_the_last_instant_belongs_to_the_last_stretch(stage: Stage) -> None:
    write(stage.rig, (100, 5))
    series = expect_ok(await stage.life.get_viewer_series(after(0), after(100), buckets=10))
    assert [(bucket.start, bucket.minimum) for bucket in series] == [(after(90), 5)]
    assert expect_ok(await stage.life.get_viewer_series(after(100), after(100), buckets=3))[0].samples == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    milliseconds=st.lists(st.integers(0, 100_000), unique=True, max_size=30),
    buckets=st.integers(1, 50),
    data=st.data(),
)
async def test_a_series_agrees_with_counting_by_hand(
    stage: Stage, milliseconds: list[int], buckets: int, data: st.DataObject
) -> None:
    with stage.rig.transactions.begin() as tx:
        tx.session.query(ViewerSnapshotRow).delete()
    points = [(at / 1000, data.draw(st.integers(0, 1000))) for at in milliseconds]
    write(stage.rig, *points)
    since, until = 0.0, 100.0
    series = expect_ok(await stage.life.get_viewer_series(after(since), after(until), buckets=buckets))
    width = timedelta(seconds=until - since) / buckets
    by_hand: dict[int, list[int]] = defaultdict(list)
    for at, count in points:
        # The width is rounded to microseconds; whoever lies within that of a boundary may fall on either side.
        by_hand[min(int(timedelta(seconds=at) / width), buckets - 1)].append(count)
    assert sum(bucket.samples for bucket in series) == len(points)
    assert [bucket.start for bucket in series] == sorted({after(0) + width * number for number in by_hand})
    for bucket, number in zip(series, sorted(by_hand), strict=True):
        counted = by_hand[number]
        assert (bucket.minimum, bucket.maximum, bucket.samples) == (min(counted), max(counted), len(counted))
        assert bucket.average == pytest.approx(sum(counted) / len(counted))
