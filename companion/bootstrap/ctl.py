"""`companion ctl`: one call over the control socket, its result as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TextIO

from companion.bootstrap.paths import data_folder
from companion.kernel.result import Ok
from companion.services.control.client import NoAnswer, RpcFailed, call

TYPED_ERROR = 1
USAGE = 2
NOT_RUNNING = 3
_METHOD_ERROR = -32000
_NOT_RUNNING = "Companion is not running with this data folder."
_START_IT = "Start it, or name its folder with --data-dir."


def ctl(chosen: Path | None, method: str, params: str | None, *, demo: bool) -> int:
    """Make the call.

    0 with the result on standard output; 1 with the method's typed error as JSON on standard error;
    2 for wrong usage; 3 when Companion is not running or cannot be reached.
    """
    try:
        parsed = None if params is None else json.loads(params)
    except json.JSONDecodeError as error:
        sys.stderr.write(f"The parameters are not JSON: {error}\n")
        return USAGE
    answer = asyncio.run(call(data_folder(chosen=chosen, demo=demo), method, parsed))
    if isinstance(answer, Ok):
        sys.stdout.write(json.dumps(answer.value, ensure_ascii=_plain(sys.stdout), indent=2) + "\n")
        return 0
    failed = answer.error
    if isinstance(failed, RpcFailed):
        told = {"code": failed.code, "message": failed.message, "data": failed.data}
        sys.stderr.write(json.dumps(told, ensure_ascii=_plain(sys.stderr)) + "\n")
        return TYPED_ERROR if failed.code == _METHOD_ERROR else USAGE
    if isinstance(failed, NoAnswer):
        text = f"Companion did not answer within {failed.seconds:g} s; whether it did what was asked is not known."
    elif failed.port is None:
        text = f"{_NOT_RUNNING} {_START_IT}"
    else:
        text = f"{_NOT_RUNNING} Or another program has its port {failed.port}: then its window says which. {_START_IT}"
    sys.stderr.write(text + "\n")
    return NOT_RUNNING


def _plain(stream: TextIO) -> bool:
    """Whether only ASCII is safe: a pipe on Windows has the code page of the system, which lacks most letters."""
    return (stream.encoding or "").lower().replace("-", "") != "utf8"
