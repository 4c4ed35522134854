"""A small client of the control socket, for `companion ctl`, `companion login` and a second start."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, WebSocketException

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.services.control.codec import Json

FILE_NAME: Final = "local-access.json"
"""Written by the running Companion into its data directory."""
_LARGEST_ANSWER: Final = 64 * 1024 * 1024
_CONNECT_LIMIT: Final = 3.0


@dataclass(frozen=True, slots=True)
class NotRunning:
    """No Companion answers for this data directory."""

    detail: str
    port: int | None = None
    """Where somebody else answered."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Companion runs, but did not answer in time; whether it did what was asked is not known."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RpcFailed:
    """Companion answered with an error. Code -32000: the method's own, `data["error"]` names its type."""

    code: int
    message: str
    data: Json


CallError: TypeAlias = NotRunning | NoAnswer | RpcFailed


class _Access(BaseModel):
    model_config = ConfigDict(extra="ignore")

    control_token: str = Field(min_length=1, repr=False)
    port: int = Field(ge=1, le=65535)


class _Problem(BaseModel):
    code: int
    message: str
    data: object = None


class _Answer(BaseModel):
    id: int | None = None
    result: object = None
    error: _Problem | None = None


async def call(data_dir: Path, method: str, params: Json = None, time_limit: float = 30.0) -> Result[Json, CallError]:
    """Call one method of the Companion that owns `data_dir`; `time_limit` in seconds, connecting included (3 s)."""
    access = _read_access(data_dir)
    if isinstance(access, Err):
        return access
    port, token = access.value
    try:
        # No proxy: an environment that sets one means the internet, not this machine.
        socket = await connect(
            f"ws://127.0.0.1:{port}/control?token={token.reveal()}",
            proxy=None,
            compression=None,
            open_timeout=min(_CONNECT_LIMIT, time_limit),
            close_timeout=1.0,
            max_size=_LARGEST_ANSWER,
            logger=_silent(),
        )
    except (InvalidHandshake, InvalidMessage) as error:
        # A refused token means that somebody else's Companion listens there, not the one of this directory.
        return Err(NotRunning(f"another program answers on port {port} ({type(error).__name__})", port))
    except (OSError, TimeoutError) as error:
        return Err(NotRunning(f"nothing answers on port {port} ({type(error).__name__})"))
    try:
        async with asyncio.timeout(time_limit):
            request: dict[str, Json] = {"jsonrpc": "2.0", "id": 1, "method": method}
            if params is not None:
                request["params"] = params
            await socket.send(json.dumps(request))
            while True:
                answer = _Answer.model_validate_json(await socket.recv())
                if answer.id == 1 or answer.error is not None:
                    return _as_result(answer)
    except TimeoutError:
        return Err(NoAnswer(time_limit))
    except (WebSocketException, ValidationError) as error:
        return Err(NotRunning(f"the connection broke off ({type(error).__name__})"))
    finally:
        await socket.close()


def _read_access(data_dir: Path) -> Result[tuple[int, Redacted], NotRunning]:
    try:
        access = _Access.model_validate_json((data_dir / FILE_NAME).read_bytes())
    except OSError:
        return Err(NotRunning("Companion has not been started with this data directory yet"))
    except ValidationError:
        return Err(NotRunning(f"{FILE_NAME} is damaged; start Companion to have it made anew"))
    return Ok((access.port, Redacted(access.control_token)))


def _as_result(answer: _Answer) -> Result[Json, CallError]:
    if answer.error is not None:
        return Err(RpcFailed(answer.error.code, answer.error.message, _json(answer.error.data)))
    return Ok(_json(answer.result))


def _json(value: object) -> Json:
    """Parsed JSON, told to the type checker."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [_json(each) for each in value]
        case dict():
            return {str(key): _json(each) for key, each in value.items()}
        case _:
            raise TypeError(f"{type(value).__name__} is no JSON")


def _silent() -> logging.Logger:
    """The library logs request lines at DEBUG, and ours carries a token."""
    logger = logging.getLogger("companion.control.client")
    logger.setLevel(logging.CRITICAL)
    return logger
