"""The exit codes of `companion ctl`, asked of a control socket with a few methods of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from companion.bootstrap.ctl import ctl
from tests.helpers.children import ROOT

ANSWERS: dict[str, dict[str, object]] = {
    "good": {"result": {"title": "Größe 曲", "live": True}},
    "nothing": {"result": None},
    "typed": {"error": {"code": -32000, "message": "Not live.", "data": {"error": "NotLive"}}},
    "unknown": {"error": {"code": -32601, "message": "No such method."}},
    "wrong": {"error": {"code": -32602, "message": "Wrong parameters.", "data": ["曲"]}},
}


async def answer(connection: ServerConnection) -> None:
    request = json.loads(await connection.recv())
    if request["method"] != "silent":
        found = ANSWERS.get(request["method"], {"result": request.get("params", "none")})
        await connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], **found}))


async def asked(
    folder: Path,
    *arguments: str,
    environ: dict[str, str] | None = None,
    refuse: Callable[[ServerConnection, Request], Response] | None = None,
) -> tuple[int, bytes, bytes]:
    """`companion ctl` in a child, against a server here."""
    async with serve(answer, "127.0.0.1", 0, process_request=refuse) as server:
        access = {"control_token": "x" * 43, "port": next(iter(server.sockets)).getsockname()[1]}
        (folder / "local-access.json").write_text(json.dumps(access))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "companion", "ctl", "--data-dir", str(folder), *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **(environ or {})},
        )
        out, err = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out, err


async def test_a_result_is_json_on_standard_output(tmp_path: Path) -> None:
    code, out, err = await asked(tmp_path, "good", environ={"PYTHONIOENCODING": "utf-8"})
    assert (code, err) == (0, b"")
    assert json.loads(out) == {"title": "Größe 曲", "live": True}
    assert "Größe 曲".encode() in out


@pytest.mark.parametrize("method, code", [("good", 0), ("wrong", 2)])
async def test_a_pipe_with_another_code_page_gets_json_too(method: str, code: int, tmp_path: Path) -> None:
    done, out, err = await asked(tmp_path, method, environ={"PYTHONIOENCODING": "cp1252"})
    assert done == code
    assert "曲" in str(json.loads(out or err))


async def test_nothing_is_a_result(tmp_path: Path) -> None:
    assert await asked(tmp_path, "nothing") == (0, b"null\n", b"")


async def test_parameters_are_handed_on(tmp_path: Path) -> None:
    code, out, _ = await asked(tmp_path, "echo", '{"count": 3}')
    assert (code, json.loads(out)) == (0, {"count": 3})
    code, out, _ = await asked(tmp_path, "echo")
    assert (code, json.loads(out)) == (0, "none")


@pytest.mark.parametrize("method, code", [("typed", 1), ("unknown", 2), ("wrong", 2)])
async def test_an_error_is_json_on_standard_error(method: str, code: int, tmp_path: Path) -> None:
    done, out, err = await asked(tmp_path, method)
    assert (done, out) == (code, b"")
    told = json.loads(err)
    assert set(told) == {"code", "message", "data"}
    if method == "typed":
        assert told == {"code": -32000, "message": "Not live.", "data": {"error": "NotLive"}}


async def test_a_connection_that_breaks_off_is_not_running(tmp_path: Path) -> None:
    code, out, err = await asked(tmp_path, "silent")
    assert (code, out) == (3, b"")
    assert b"not running" in err


@pytest.mark.parametrize("access", [None, "{", json.dumps({"control_token": "x" * 43, "port": 9})])
def test_nobody_there(access: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if access is not None:
        (tmp_path / "local-access.json").write_text(access)
    assert ctl(tmp_path, "rpc.methods", None, demo=False) == 3
    told = capsys.readouterr()
    assert told.out == "" and "not running" in told.err
    assert "x" * 43 not in told.err


@pytest.mark.parametrize("params", ["{", "", "{'a': 1}", "planted-0001"])
def test_parameters_that_are_no_json(params: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl(tmp_path, "rpc.methods", params, demo=False) == 2
    told = capsys.readouterr().err
    assert "not JSON" in told and "planted" not in told


async def test_another_program_on_the_port_is_named_as_a_reason(tmp_path: Path) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.NOT_FOUND, "a file server")

    code, out, err = await asked(tmp_path, "good", refuse=refuse)
    assert (code, out) == (3, b"")
    assert b"another program has its port" in err
