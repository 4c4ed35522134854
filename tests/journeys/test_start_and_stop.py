"""Starts that must be refused or that find something broken, and stops that must be clean."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.children import Child, alive, children_of, free_port
from tests.helpers.companion import CompanionProcess
from tests.helpers.waiting import until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def companion(tmp_path: Path) -> Iterator[CompanionProcess]:
    process = CompanionProcess(tmp_path, simulator=None)
    yield process
    process.kill()


@pytest.fixture(scope="module")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, int]]:
    """A start whose port somebody else has; it says so after 30 s, while other tests run."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = int(holder.getsockname()[1])
        process = CompanionProcess(tmp_path_factory.mktemp("blocked"), simulator=None)
        yield process.launch("--port", str(port)), port
        process.kill()


def complaints(text: str) -> list[str]:
    """Lines of standard error that no clean run has."""
    words = ("[warning", "[error", "[critical", "Traceback", "Exception", "Warning:", "never awaited")
    return [line for line in text.splitlines() if any(word in line for word in words)]


async def test_a_taken_port_is_waited_for(blocked: tuple[Child, int]) -> None:
    child, _ = blocked
    await until(lambda: " starts, data in " in child.err, what="Companion starts", hint=child.told)


async def test_a_second_start_is_refused_and_harms_nothing(companion: CompanionProcess) -> None:
    first = await companion.start()

    second = await companion.command("--headless")

    assert second.code == 3
    assert second.err == "Companion is already running with this data folder.\n"
    assert not first.ended
    assert await companion.ask("stream_lifecycle.ping") == "pong"
    assert await first.terminate() == 0


async def test_sigterm_stops_in_stages_and_leaves_nothing_open(companion: CompanionProcess) -> None:
    child = await companion.start("--demo", "--port", "0")
    await companion.until_stream("the demo is live", is_live=True)
    await until(lambda: rewards_are_made(companion), what="the demo's rewards are made")
    (simulator,) = children_of(child.pid)

    assert await child.terminate() == 0

    assert complaints(child.err) == []
    wal = companion.data / "companion.db-wal"
    assert not wal.exists() or wal.stat().st_size == 0
    assert companion.rows("PRAGMA integrity_check") == [("ok",)]
    await until(lambda: not alive(simulator), what="the simulator is gone")
    assert companion.lines()[-1]["event"] == "Companion stops"


async def rewards_are_made(companion: CompanionProcess) -> bool:
    view = await companion.ask("rewards.view")
    return all(each["reward"] is not None for each in view["rewards"])


async def test_ctrl_c_is_as_clean(companion: CompanionProcess) -> None:
    child = await companion.start()

    child.process.send_signal(signal.SIGINT)
    child.process.send_signal(signal.SIGTERM)  # the same wish, told twice

    assert await child.wait() == 0
    assert complaints(child.err) == []


async def test_a_killed_demo_takes_its_simulator_along(companion: CompanionProcess) -> None:
    child = await companion.start("--demo", "--port", "0")
    await companion.until_stream("the demo is live", is_live=True)
    (simulator,) = children_of(child.pid)

    child.kill()

    await until(lambda: not alive(simulator), what="the simulator is gone")


@pytest.mark.parametrize(
    ("text", "named"),
    [('log_levle = "debug"\n', "log_levle"), ("[overlay]\nport = 99999\n", "overlay.port"), ("[twitch\n", "line 1")],
)
async def test_settings_that_are_not_understood(companion: CompanionProcess, text: str, named: str) -> None:
    companion.data.mkdir(parents=True)
    (companion.data / "settings.toml").write_text(text, "utf-8")

    refused = await companion.command("--headless")

    assert refused.code == 2
    assert named in refused.err
    assert f"Mend or remove {companion.data / 'settings.toml'}" in refused.err
    assert "Traceback" not in refused.err
    assert not (companion.data / "companion.db").exists()


async def test_data_of_a_newer_companion_is_not_touched(companion: CompanionProcess) -> None:
    await companion.start()
    await companion.child.terminate()
    file = companion.data / "companion.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()

    refused = await companion.command("--headless")

    assert refused.code == 4
    assert "This data was written by a newer Companion. Nothing was changed." in refused.err
    assert "Traceback" not in refused.err
    assert file.read_bytes() == before


async def test_a_damaged_database_is_set_aside_and_told(companion: CompanionProcess) -> None:
    await companion.start()
    await until(lambda: list((companion.data / "backups").glob("*.db")), what="the daily backup")
    await companion.child.terminate()
    for backup in (companion.data / "backups").iterdir():
        backup.unlink()
    damaged = b"SQLite format 3\0" + os.urandom(20_000)
    (companion.data / "companion.db").write_bytes(damaged)

    await companion.start()

    (notice,) = (await companion.ask("notices.list"))["notices"]
    assert notice["title"] == "The database was damaged and has been set aside."
    assert "starts with empty data" in notice["meaning"]
    (aside,) = companion.data.glob("companion.db.damaged-*")
    assert aside.read_bytes() == damaged
    assert aside.name in notice["advice"]
    assert (await companion.stream())["is_live"] is False


async def test_a_damaged_database_comes_back_from_its_backup(companion: CompanionProcess) -> None:
    await companion.start()
    stream = {"stream_id": "41000031", "started_at": "2026-05-01T18:00:00Z"}
    await companion.ask("stream_lifecycle.on_stream_online", stream=stream)
    await companion.ask("stream_lifecycle.on_stream_offline", at="2026-05-01T20:00:00Z")
    await companion.child.terminate()
    for backup in (companion.data / "backups").iterdir():
        backup.unlink()
    await companion.start()
    await until(lambda: list((companion.data / "backups").glob("*.db")), what="the daily backup")
    await companion.child.terminate()
    (companion.data / "companion.db").write_bytes(b"this is no database")

    await companion.start()

    (notice,) = (await companion.ask("notices.list"))["notices"]
    assert "was taken instead" in notice["meaning"]
    assert (await companion.stream())["ended_at"] == "2026-05-01T20:00:00.000000Z"


async def test_a_folder_that_cannot_be_used(companion: CompanionProcess) -> None:
    companion.folder.joinpath("data").write_text("a file where a folder should be")

    refused = await companion.command("--headless")

    assert refused.code == 4
    assert "cannot be used" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
async def test_local_access_is_for_this_person_alone(companion: CompanionProcess) -> None:
    await companion.start()

    assert stat.S_IMODE((companion.data / "local-access.json").stat().st_mode) == 0o600


async def test_the_port_stays_the_same_over_starts(companion: CompanionProcess) -> None:
    await companion.start("--port", str(port := free_port()))
    address = await companion.overlay("live")
    assert f":{port}/" in address
    await companion.child.terminate()

    companion.launch()
    await companion.until_answers()

    assert await companion.overlay("live") == address


def error_in(child: Child) -> str:
    return next((line for line in child.err.splitlines() if "[error" in line), "")


async def test_a_taken_port_is_told_with_its_holder(blocked: tuple[Child, int]) -> None:
    child, port = blocked
    told = f"Port {port} is taken: "
    await until(lambda: told in child.err, what="the port is told to be taken", patience=60, hint=child.told)
    line = await until(lambda: error_in(child), what="what to do is told", hint=child.told)
    assert f"(process {os.getpid()}) uses it." in line
    assert "press Try again, or Move to" in line
    assert not child.ended
    assert await child.terminate() == 0
    assert "Traceback" not in child.err
