"""Through every fault and every crash, no secret of a provider is written down anywhere but in the vault."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.helpers.children import Child
from tests.helpers.companion import CompanionProcess
from tests.helpers.secrets_scan import challenges_of, files_below, leaks
from tests.helpers.simulator import SimulatorProcess

pytestmark = pytest.mark.timeout(240)
PLACES = {
    *("companion.db", "companion.db-wal", "companion.db-shm", "companion.log", "crash.log"),
    *("settings.toml", "local-access.json", "companion.err", "companion.out"),
}
FAULTS = (
    "answer_lost",
    "invalid_device_code",
    "malformed",
    "proxy_html",
    "rate_limited",
    "request_lost",
    "server_error",
    "slow",
    "token_endpoint_down",
    "unauthorized_burst",
)
DRESSES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL-encoded throughout": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "URL-encoded": lambda secret: quote(secret, safe=""),
    "in base64": lambda secret: base64.b64encode(b"x" + secret.encode()).decode(),
}


async def test_no_secret_is_written_down(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator", keepalive=1.0)
    companion = CompanionProcess(tmp_path, simulator=simulator.url)
    companion.write_settings()
    await simulator.start()
    vault = tmp_path / "vault" / "vault.json"
    vault.parent.mkdir()
    output = tmp_path / "output"
    command = [sys.executable, "-m", "tests.journeys.talkative", str(companion.data), simulator.url, str(vault)]
    try:
        with Child(command, folder=output, name="companion", environ=None) as child:
            code = await child.wait(200)
            assert "the end, holding [redacted]" in child.err, child.told()[-6000:]
            assert code == -signal.SIGABRT
        counters = simulator.get("/sim/counters")
        assert isinstance(counters, dict)
        assert [name for name in FAULTS if not counters.get(f"fault.{name}")] == [], counters
    finally:
        simulator.kill()
    world = json.loads((simulator.state / "world.json").read_text("utf-8"))
    secrets, challenges = simulator.issued(), challenges_of(world)
    assert len(secrets) > 60
    assert len(challenges) > 10
    files = files_below(companion.data, output)
    written = {file.name for file in files if file.stat().st_size}
    assert written >= PLACES, written
    assert list((companion.data / "backups").glob("*.db"))

    assert leaks(files, secrets, challenges=challenges) == []
    assert local_leaks(companion, output) == []
    assert seed_leaks(companion, files) == []
    the_scan_finds_what_is_planted(tmp_path / "planted", sorted(secrets), vault)


def local_leaks(companion: CompanionProcess, output: Path) -> list[str]:
    """The tokens of overlay and control stand in files that are this person's alone, and in no log or database."""
    access = json.loads((companion.data / "local-access.json").read_text("utf-8"))
    tokens = [value for key, value in access.items() if key.endswith("token")]
    assert len(tokens) == 2
    places = [*companion.data.glob("companion.db*"), *files_below(companion.data / "logs", companion.data / "backups")]
    return leaks([*places, output / "companion.err"], tokens)


def seed_leaks(companion: CompanionProcess, files: list[Path]) -> list[str]:
    """The seed of a raffle that is still open stands in the database, and nowhere else."""
    seeds = [seed for (seed,) in companion.rows("SELECT seed FROM raffle_epochs WHERE state IN ('opening', 'open')")]
    assert seeds
    database = [file for file in files if file.parent == companion.data and file.name.startswith("companion.db")]
    assert leaks(database, seeds) != []
    return leaks([file for file in files if file not in database], seeds)


def the_scan_finds_what_is_planted(folder: Path, secrets: list[str], vault: Path) -> None:
    """A scan that finds nothing proves something only if it can find."""
    folder.mkdir()
    for number, (name, dress) in enumerate(DRESSES.items()):
        file = folder / f"{number}.log"
        file.write_bytes(b"\x00before " + dress(secrets[number]).encode() + b" after\xff")
        assert leaks([file], [secrets[number]]), name
        assert not leaks([file], secrets[len(DRESSES) :]), name
    assert leaks([vault], secrets) != []
    verifier = "a-verifier_of.forty~three" * 2
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert leaks([vault], [], challenges=[challenge]) == []
    (folder / "verifier.log").write_text(f"code_verifier={verifier}&x=1", "utf-8")
    assert leaks([folder / "verifier.log"], [], challenges=[challenge]) != []
