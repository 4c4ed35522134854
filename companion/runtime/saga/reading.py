"""A stored run read whole: everything that must be understood before it may go on, or be offered to be settled."""

from __future__ import annotations

from dataclasses import dataclass, replace

from companion.kernel.instant import Instant, parse_instant
from companion.ports.sagas import PointsBehind
from companion.runtime.saga.codec import SagaCodec, Unreadable
from companion.runtime.saga.journal import StoredRun
from companion.runtime.saga.run import Run, Shape


@dataclass(frozen=True, slots=True)
class Whole:
    """One run. `shape` is its saga's, and knows whether points are held behind this very run."""

    codec: SagaCodec
    run: Run
    shape: Shape
    params: object
    created_at: Instant
    results: dict[str, object]


def read_whole(stored: StoredRun, codec: SagaCodec | None) -> Whole:
    """`codec` is its saga's, None when there is none of that kind. Raises `Unreadable`."""
    if codec is None:
        raise Unreadable(f"no saga is called {stored.row['kind']}")
    run = codec.read_run(stored.row, stored.steps)
    try:
        created_at = parse_instant(stored.row["created_at"])
    except ValueError as error:
        raise Unreadable("the time of its start is none") from error
    params = codec.decode_params(stored.row["params"])
    shape = replace(codec.shape, refundable=codec.definition.points(params) == "held")
    return Whole(codec, run, shape, params, created_at, codec.decode_results(run))


def points_behind(stored: StoredRun, codec: SagaCodec | None) -> PointsBehind:
    """As far as its input can be read, whatever else cannot."""
    try:
        return "unknown" if codec is None else codec.definition.points(codec.decode_params(stored.row["params"]))
    except Unreadable:
        return "unknown"


def try_whole(stored: StoredRun, codec: SagaCodec | None) -> Whole | None:
    """The same, None for a run that cannot be read."""
    try:
        return read_whole(stored, codec)
    except Unreadable:
        return None
