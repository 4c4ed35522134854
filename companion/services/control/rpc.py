"""JSON-RPC 2.0 without I/O: text in, text out (https://www.jsonrpc.org/specification).

Batches are answered as the specification says; notifications get no answer, not even an error.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.runtime.transactions import StorageFailure
from companion.services.control.codec import Json, to_json
from companion.services.control.sentences import sentence

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
TYPED_ERROR: Final = -32000
"""The method's own error: `data.error` names its type, the other fields of `data` are the type's."""

_MOST_IN_BATCH: Final = 50
_RequestId: TypeAlias = str | int | float | None


class NoParams(BaseModel):
    """A method without parameters."""

    model_config = ConfigDict(extra="forbid")


def never(_: object) -> bool:
    """For answers that are small."""
    return False


@dataclass(frozen=True, slots=True)
class Method:
    """One entry of the explicit list. `call` gets parameters that `params` has checked.

    `large` tells of an answer that may be megabytes and never changes: it becomes JSON off the loop's thread.
    """

    params: type[BaseModel]
    call: Callable[[BaseModel], Awaitable[Result[object, object]]]
    large: Callable[[object], bool] = never


class Dispatcher:
    """Answers requests from `methods` and nothing else."""

    def __init__(self, methods: Mapping[str, Method], logger: logging.Logger) -> None:
        self._methods = methods
        self._logger = logger

    async def answer(self, text: str | bytes) -> str | None:
        """The answer to one message, None when there is none to give (notifications)."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return _dump(_error(None, PARSE_ERROR, "This is not JSON."))
        if not isinstance(message, list):
            single = await self._one(message)
            return None if single is None else _dump(single)
        if not message or len(message) > _MOST_IN_BATCH:
            return _dump(_error(None, INVALID_REQUEST, f"A batch holds 1 to {_MOST_IN_BATCH} requests."))
        answers = [answer for each in message if (answer := await self._one(each)) is not None]
        return _dump(list(answers)) if answers else None

    async def _one(self, request: object) -> dict[str, Json] | None:
        if not isinstance(request, dict) or request.get("jsonrpc") != "2.0":
            return _error(None, INVALID_REQUEST, 'A request is an object with "jsonrpc": "2.0".')
        has_id = "id" in request
        request_id = request.get("id")
        if isinstance(request_id, bool) or not isinstance(request_id, str | int | float | None):
            return _error(None, INVALID_REQUEST, "An id is a string, a number or null.")
        name = request.get("method")
        if not isinstance(name, str):
            return _error(request_id, INVALID_REQUEST, "The method's name is missing.")
        answer = await self._call(request_id, name, request.get("params"))
        return answer if has_id else None

    async def _call(self, request_id: _RequestId, name: str, given: object) -> dict[str, Json]:
        method = self._methods.get(name)
        if method is None:
            return _error(request_id, METHOD_NOT_FOUND, "There is no such method; rpc.methods lists them.")
        try:
            params = method.params.model_validate(_by_name(given, method.params))
        except ValidationError as error:
            return _error(request_id, INVALID_PARAMS, _what_is_wrong(error))
        try:
            result = await method.call(params)
            match result:
                case Ok(value):
                    told = await asyncio.to_thread(to_json, value) if method.large(value) else to_json(value)
                    return {"jsonrpc": "2.0", "id": request_id, "result": told}
                case Err(problem):
                    return _typed_error(request_id, problem)
        except StorageFailure as failure:  # from reads, which answer plain values
            return _typed_error(request_id, StorageFailed(failure.detail))
        except Exception:  # the one place: a bug in a method must not end the connection
            self._logger.exception("control method failed: %s", name)
            return _error(request_id, INTERNAL_ERROR, "Companion could not do this; its log says why.")


def _by_name(given: object, params: type[BaseModel]) -> object:
    """JSON-RPC allows parameters by position: they are matched with the names in order."""
    if given is None:
        return {}
    names = list(params.model_fields)
    if isinstance(given, list) and len(given) <= len(names):
        return dict(zip(names, given, strict=False))
    return given


def _what_is_wrong(error: ValidationError) -> str:
    parts = [
        f"{'.'.join(str(step) for step in item['loc']) or 'params'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return "; ".join(parts)[:500]


def _typed_error(request_id: _RequestId, problem: object) -> dict[str, Json]:
    fields = to_json(problem)
    data: dict[str, Json] = {"error": type(problem).__name__}
    if isinstance(fields, dict):
        data |= {key: value for key, value in fields.items() if key != "error"}
    return _error(request_id, TYPED_ERROR, sentence(problem), data)


def _error(request_id: _RequestId, code: int, message: str, data: dict[str, Json] | None = None) -> dict[str, Json]:
    error: dict[str, Json] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": request_id, "error": error}


def _dump(answer: Json) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
