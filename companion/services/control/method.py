"""How a method of the list is made: its parameters' model and what it calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from companion.kernel.result import Err, Ok, Result
from companion.services.control.codec import Json, to_json
from companion.services.control.rpc import Method, NoParams, never

P = TypeVar("P", bound=BaseModel)
S = TypeVar("S")


def method(
    params: type[P],
    call: Callable[[P], Awaitable[Result[object, object]]],
    *,
    large: Callable[[object], bool] = never,
) -> Method:
    """A method whose parameters are checked before `call` gets them."""

    async def checked(given: BaseModel) -> Result[object, object]:
        if not isinstance(given, params):
            raise TypeError(f"parameters of {type(given).__name__} for {params.__name__}")
        return await call(given)

    return Method(params, checked, large)


def read(value: Callable[[], object]) -> Method:
    """A method without parameters that answers at once."""

    async def call(_: NoParams) -> Result[object, object]:
        return Ok(value())

    return method(NoParams, call)


def changed_copy(
    present: S, kind: type[S], given: dict[str, JsonValue], refuse: Callable[[str], object]
) -> Result[S, object]:
    """`present` with the fields in `given` replaced, down to the innermost ones that are named.

    `refuse` makes the error out of what is wrong with them.
    """
    fields = to_json(present)
    if not isinstance(fields, dict):
        raise TypeError(f"{kind.__name__} has no fields")
    unknown = sorted(_unknown(fields, given))
    if unknown:
        return Err(refuse(f"there is no setting called {', '.join(unknown)}"))
    try:
        return Ok(TypeAdapter(kind).validate_python(_laid_over(fields, given)))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        return Err(refuse("; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in details[:5])))


def _unknown(fields: dict[str, Json], given: dict[str, JsonValue]) -> Iterator[str]:
    """The names in `given` that `fields` has not, as paths."""
    for name, value in given.items():
        within = fields.get(name)
        if name not in fields:
            yield name
        elif isinstance(within, dict) and isinstance(value, dict):
            yield from (f"{name}.{inner}" for inner in _unknown(within, value))


def _laid_over(fields: dict[str, Json], given: dict[str, JsonValue]) -> dict[str, object]:
    merged: dict[str, object] = {**fields, **given}
    for name, value in given.items():
        within = fields.get(name)
        if isinstance(within, dict) and isinstance(value, dict):
            merged[name] = _laid_over(within, value)
    return merged


def under(name: str, result: Result[object, object]) -> Result[object, object]:
    """A list or number under its name: what comes over the socket is always an object."""
    return Ok({name: result.value}) if isinstance(result, Ok) else result
