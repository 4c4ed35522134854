"""What the journal stores, to text and back: JSON with a version, read through the types that the saga declares.

What cannot be read is an `Unreadable`: the run is stopped with its reason, before it has any effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from companion.kernel.instant import Instant
from companion.ports.sagas import RunStatus, Settlement, StepState
from companion.runtime.saga.definition import EffectStep, Failed, SagaDefinition
from companion.runtime.saga.run import Run, Shape, StepRecord, shape_of

_HEAD, _TAIL = '{"v":1,"d":', "}"
_FAILURE: TypeAdapter[Failed] = TypeAdapter(Failed)
_TAKEN_BACK = frozenset[StepState]({"undoing", "undone", "undo_failed"})


class Unreadable(ValueError):
    """Stored text, or a row, does not have its promised form; the message names fields and reasons, no values."""


@dataclass(frozen=True, slots=True)
class _StoredRun:
    status: RunStatus
    fulfilled_at: Instant | None
    failure: str | None
    decision: Settlement | None
    error: str | None


@dataclass(frozen=True, slots=True)
class _StoredStep:
    name: str
    state: StepState
    attempt: int
    looks: int
    result: str | None
    intent: str | None
    intended_at: Instant | None
    undo_attempt: int
    next_retry_at: Instant | None
    last_error: str | None


_RUN = TypeAdapter(_StoredRun)
_STEP = TypeAdapter(_StoredStep)


class TypedText:
    """Values of one type as versioned JSON text."""

    def __init__(self, kind: type[object]) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)
        self._kind = kind

    def encode(self, value: object) -> str:
        """Raises `TypeError` when the value is not of the declared type: a bug in the saga."""
        try:
            return f"{_HEAD}{self._adapter.dump_json(value, warnings='error').decode()}{_TAIL}"
        except PydanticSerializationError as error:
            raise TypeError(f"{type(value).__name__} where {self._kind.__name__} was declared") from error

    def decode(self, text: str) -> object:
        """Raises `Unreadable`."""
        if not text.startswith(_HEAD) or not text.endswith(_TAIL):
            raise Unreadable("it has no version that is known")
        try:
            return self._adapter.validate_json(text[len(_HEAD) : -len(_TAIL)])
        except ValidationError as error:
            raise Unreadable(_reasons(error)) from error


class SagaCodec:
    """A definition with everything that is derived from it once."""

    def __init__(self, definition: SagaDefinition[Any]) -> None:
        self.definition = definition
        self.shape: Shape = shape_of(definition)
        self.steps = (*definition.steps, *definition.amends)
        self.params = TypedText(definition.params)
        self.results = tuple(TypedText(step.result) for step in self.steps)
        self.intents = tuple(
            TypedText(step.intent) if isinstance(step, EffectStep) and step.prepare is not None else None
            for step in self.steps
        )

    def summary(self, params: Any) -> str:  # noqa: ANN401 - the definition's own type
        """In words, whose request it is."""
        return self.definition.summary(params)

    def decode_params(self, text: str) -> object:
        """Raises `Unreadable`."""
        try:
            return self.params.decode(text)
        except Unreadable as error:
            raise Unreadable(f"its input: {error}") from error

    def decode_results(self, run: Run) -> dict[str, object]:
        """Results of succeeded steps by name. Raises `Unreadable`."""
        results: dict[str, object] = {}
        for step, record, text in zip(self.shape.all, run.steps, self.results, strict=True):
            if record.state == "succeeded" and record.result is not None:
                try:
                    results[step.name] = text.decode(record.result)
                except Unreadable as error:
                    raise Unreadable(f"the result of {step.name}: {error}") from error
        return results

    def decode_intent(self, run: Run, index: int) -> object:
        """What was prepared for the attempt under way. Raises `Unreadable`."""
        text, stored = self.intents[index], run.steps[index].intent
        return None if text is None or stored is None else text.decode(stored)

    def read_run(self, row: Mapping[str, object], steps: list[Mapping[str, object]]) -> Run:
        """The run in its raw rows. Raises `Unreadable` for anything impossible."""
        try:
            stored = _RUN.validate_python({name: row[name] for name in _StoredRun.__dataclass_fields__})
            failure = None if stored.failure is None else _FAILURE.validate_json(stored.failure)
            records = {step.name: step for step in (_STEP.validate_python(dict(raw)) for raw in steps)}
        except ValidationError as error:
            raise Unreadable(_reasons(error)) from error
        names = [step.name for step in self.shape.all]
        if unknown := records.keys() - set(names):
            raise Unreadable(f"no step is called {', '.join(sorted(unknown))}")
        run = Run(
            stored.status,
            tuple(StepRecord() if name not in records else _record(records[name]) for name in names),
            stored.fulfilled_at,
            failure,
            stored.decision,
            stored.error,
        )
        _check_possible(run, self.shape)
        return run


def encode_failure(failure: Failed | None) -> str | None:
    """Why a run is compensated, as text."""
    return None if failure is None else _FAILURE.dump_json(failure).decode()


def _record(stored: _StoredStep) -> StepRecord:
    fields = (name for name in StepRecord.__dataclass_fields__)
    return StepRecord(**{name: getattr(stored, name) for name in fields})


def _check_possible(run: Run, shape: Shape) -> None:
    """What our own code never writes: going on from it could pay twice."""
    final = shape.point_of_no_return
    if (run.status == "compensating") and (run.failure is None or run.fulfilled_at is not None):
        raise Unreadable("it is compensated without a reason, or after its point of no return")
    if final is not None and (run.steps[final].state == "succeeded") != (run.fulfilled_at is not None):
        raise Unreadable("the point of no return and the time of fulfilment do not agree")
    forward = run.failure is None
    for step, record in zip(shape.all, run.steps, strict=True):
        if record.state in _TAKEN_BACK and (forward or not step.has_undo):
            raise Unreadable(f"{step.name} was taken back, which cannot be")
        if record.state == "succeeded" and record.result is None:
            raise Unreadable(f"{step.name} has succeeded without a result")
        if record.state == "started" and step.kind == "effect" and record.attempt < 1:
            raise Unreadable(f"{step.name} has started without an attempt")
        if record.state == "started" and step.kind == "local":
            raise Unreadable(f"{step.name} can never be seen started")


def _reasons(error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['type']}" for item in found[:5])
