"""`Result[T, E]`: what a method returns instead of raising.

Match on it, and close the match with `typing.assert_never` where the errors are a closed union::

    match await token.get_valid_token():
        case Ok(value): ...
        case Err(error): ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)
E_co = TypeVar("E_co", covariant=True)
T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Ok(Generic[T_co]):
    """The call did what it says; `value` is its answer."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Err(Generic[E_co]):
    """The call did not; `error` is one member of the closed union in its signature."""

    error: E_co


Result: TypeAlias = Ok[T] | Err[E]


def expect_ok(result: Result[T, object]) -> T:
    """Unwrap a result that can only be an error through a bug (tests, start-up invariants).

    Raises `AssertionError` with the error's own text.
    """
    if isinstance(result, Err):
        raise AssertionError(f"expected Ok, got {result.error!r}")
    return result.value
