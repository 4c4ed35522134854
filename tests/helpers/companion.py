"""Companion as a process of its own, asked over its control socket."""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from companion.kernel.result import Ok
from companion.services.control.client import CallError, call
from tests.helpers.children import Child, companion_command
from tests.helpers.simulator import CLIENTS
from tests.helpers.waiting import until

Parsed: TypeAlias = Any
"""JSON, parsed: a test says by its look-ups what it expects."""


class CompanionProcess:
    """`companion --headless` with a data folder of its own; `start` again goes on with the same folder."""

    def __init__(self, folder: Path, *, simulator: str | None, environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._simulator = simulator
        self._environ = {**os.environ, **(environ or {})}
        self._starts = 0
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        assert self._child is not None, "Companion was not started"
        return self._child

    def write_settings(self, more: str = "") -> None:
        """The client ids that a person would have pasted, and `more` TOML."""
        self.data.mkdir(parents=True, exist_ok=True)
        ids = "".join(f'[{provider}]\nclient_id = "{client}"\n' for provider, client in CLIENTS.items())
        (self.data / "settings.toml").write_text(more + ids, "utf-8")

    def launch(self, *arguments: str, headless: bool = True) -> Child:
        """Start it and wait for nothing."""
        self._starts += 1
        options = ["--data-dir", str(self.data), *(["--headless"] if headless else []), *arguments]
        if self._simulator is not None:
            options += ["--simulator", self._simulator]
        command = companion_command(*options)
        name = f"companion-{self._starts}"
        self._child = Child(command, folder=self.folder, name=name, environ=self._environ)
        return self._child

    async def start(self, *arguments: str) -> Child:
        """Start it on a free port (or the remembered one) and wait until it answers."""
        if not any(each.startswith("--port") for each in arguments):
            arguments = (*arguments, "--port", "0") if self._starts == 0 else arguments
        child = self.launch(*arguments)
        await self.until_answers()
        return child

    async def until_answers(self) -> None:
        async def answers() -> bool:
            if self.child.ended:
                raise AssertionError(self.child.told())
            return isinstance(await call(self.data, "stream_lifecycle.ping"), Ok)

        await until(answers, what="Companion answers", hint=self.child.told)

    async def ask(self, method: str, **params: object) -> Parsed:
        """The result of one control method."""
        answer = await call(self.data, method, json.loads(json.dumps(params)))
        if not isinstance(answer, Ok):
            raise AssertionError(f"{method} was answered {answer.error}\n{self.child.told()}")
        return answer.value

    async def refused(self, method: str, **params: object) -> CallError:
        """The error of one control method."""
        answer = await call(self.data, method, json.loads(json.dumps(params)))
        assert not isinstance(answer, Ok), answer
        return answer.error

    async def stream(self) -> Parsed:
        return await self.ask("stream_lifecycle.get_stream_state")

    async def history(self) -> Parsed:
        return await self.ask("stream_lifecycle.get_viewer_history")

    async def overlay(self, name: str) -> str:
        """The address of an overlay page, once it is served."""

        async def address() -> str | None:
            found = (await self.ask("overlay.urls"))["overlays"].get(name)
            return None if found is None else str(found)

        return await until(address, what=f"the page {name} is served", hint=self.child.told) or ""

    async def until_stream(self, what: str, **wanted: object) -> Parsed:
        """The stream's state, once it has these values."""

        async def look() -> Parsed:
            state = await self.stream()
            return state if all(state[key] == value for key, value in wanted.items()) else None

        return await until(look, what=what, hint=self.child.told)

    async def until_token(self, provider: str, **wanted: object) -> Parsed:
        """The status of a login, once it has these values."""

        async def look() -> Parsed:
            status = await self.ask(f"{provider}_token.status")
            return status if all(status[key] == value for key, value in wanted.items()) else None

        return await until(look, what=f"the {provider} login is {wanted}", hint=self.child.told)

    async def until_listening(self) -> None:
        """EventSub is connected and subscribed: what Twitch tells now is heard."""

        async def listening() -> bool:
            lamps = (await self.ask("connections.list"))["connections"]
            return any(lamp["name"] == "eventsub" and lamp["level"] == "good" for lamp in lamps)

        await until(listening, what="EventSub listens", hint=self.child.told)

    async def command(self, *arguments: str, patience: float = 60.0) -> Finished:
        """`companion ARGUMENTS --data-dir ...` to its end, while the loop goes on."""
        full = (*arguments, "--data-dir", str(self.data))
        return await run_companion(*full, folder=self.folder, environ=self._environ, patience=patience)

    def lines(self) -> list[dict[str, Any]]:
        """The log file, line by line."""
        text = (self.data / "logs" / "companion.log").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database as a stranger would."""
        connection = sqlite3.connect(f"file:{self.data / 'companion.db'}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()


@dataclass(frozen=True)
class Finished:
    """A command that has come to its end."""

    code: int
    out: str
    err: str


async def run_companion(
    *arguments: str, folder: Path, environ: Mapping[str, str] | None = None, patience: float = 60.0
) -> Finished:
    """`companion ARGUMENTS`, to its end; `folder` takes its output."""
    name = f"command-{next(_numbers)}"
    with Child(companion_command(*arguments), folder=folder, name=name, environ=environ) as child:
        return Finished(await child.wait(patience), child.out, child.err)


_numbers = itertools.count(1)
