"""Rows that cannot be understood: kept for a person, out of the way, never silently reset."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from companion.objects.stream_lifecycle.state import LifecycleState
from companion.objects.stream_lifecycle.tables import SINGLETON, StreamStateRow
from companion.runtime.set_aside import load_or_set_aside
from companion.runtime.tables import SetAsideRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Rig


def stored(rig: Rig) -> list[SetAsideRow]:
    with rig.transactions.begin() as tx:
        return list(session_of(tx).scalars(select(SetAsideRow)))


def load(rig: Rig, reason: str | None = None) -> tuple[StreamStateRow | None, str | None]:
    with rig.transactions.begin() as tx:
        return load_or_set_aside(session_of(tx), StreamStateRow, SINGLETON, START, reason)


def break_column(rig: Rig, column: str, value: object) -> None:
    with rig.transactions.begin() as tx:
        session_of(tx).merge(StreamStateRow.of(LifecycleState(session_id="s", peak=7)))
        session_of(tx).flush()
        session_of(tx).execute(
            text("UPDATE stream_state SET COLUMN = :value".replace("COLUMN", column)), {"value": value}
        )


async def test_a_sound_row_is_read(rig: Rig) -> None:
    break_column(rig, "peak", 12)
    row, problem = load(rig)
    assert row is not None and row.peak == 12
    assert problem is None
    assert stored(rig) == []


async def test_no_row_is_no_problem(rig: Rig) -> None:
    assert load(rig) == (None, None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("started_at", "yesterday"),
        ("started_at", b"\x00\xff"),
        ("last_transition_at", "2026-01-01"),
        ("peak", "many"),
        ("viewer_count", "a few"),
        ("empty_answers", b"\x01"),
        ("session_id", b"\x00\xff"),
        ("peak", 1.5),
    ],
)
async def test_a_malformed_row_is_copied_away_and_the_reason_told(rig: Rig, column: str, value: object) -> None:
    break_column(rig, column, value)
    row, problem = load(rig)
    assert row is None
    assert problem
    (kept,) = stored(rig)
    assert kept.source == "stream_state/stream"
    assert kept.reason == problem
    assert kept.at == START
    content = json.loads(kept.content)
    assert content["id"] == "stream"
    assert str(value) in str(content[column])
    assert load(rig) == (None, None)


async def test_a_row_may_be_set_aside_for_a_reason_of_the_callers(rig: Rig) -> None:
    break_column(rig, "peak", 12)
    assert load(rig, "an account without a name") == (None, "an account without a name")
    assert json.loads(stored(rig)[0].content)["peak"] == 12
