from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from companion.simulator.ledger import Ledger
from tests.fakes.clock import FakeClock
from tests.unit.simulator.helpers import Asker


@pytest.fixture
def ledger(tmp_path: Path, clock: FakeClock) -> Ledger:
    return Ledger(tmp_path, clock)


def test_entries_are_numbered_and_dated_and_come_back(ledger: Ledger, tmp_path: Path, clock: FakeClock) -> None:
    ledger.record("shoutout", {"to_id": "2"})
    clock.advance(3)
    ledger.record_all([("chat_shown", {"text": "日本\n語"}), ("chat_dropped", {"text": "x"})])
    ledger.close()
    again = Ledger(tmp_path, clock)
    entries = list(again)
    again.close()
    assert [(entry["n"], entry["kind"]) for entry in entries] == [
        (1, "shoutout"),
        (2, "chat_shown"),
        (3, "chat_dropped"),
    ]
    assert entries[1]["text"] == "日本\n語"
    assert str(entries[0]["at"]) < str(entries[1]["at"]) == entries[2]["at"]


def test_half_a_line_is_cut_off_and_writing_goes_on(ledger: Ledger, tmp_path: Path, clock: FakeClock) -> None:
    ledger.record("shoutout", {"to_id": "2"})
    ledger.close()
    path = tmp_path / "ledger.jsonl"
    with path.open("ab") as file:
        file.write(b'{"n": 2, "at": "2026-0')
    again = Ledger(tmp_path, clock)
    again.record("shoutout", {"to_id": "3"})
    again.close()
    third = Ledger(tmp_path, clock)
    assert [entry["to_id"] for entry in third] == ["2", "3"]
    third.close()


def test_what_was_recorded_outlives_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from companion.kernel.instant import SystemClock;"
        "from companion.simulator.ledger import Ledger;"
        "ledger = Ledger(Path(sys.argv[1]), SystemClock());"
        "[ledger.record('shoutout', {'to_id': str(n)}) for n in range(50)];"
        "os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, env={**os.environ})
    assert done.returncode != 0
    text = (tmp_path / "ledger.jsonl").read_text("utf-8")
    assert len(text.splitlines()) == 50


def test_find_narrows_by_kind_number_and_field(ledger: Ledger) -> None:
    for number in range(4):
        ledger.record("song_queued" if number % 2 else "song_started", {"nth": number, "uri": "a"})
    assert [entry["nth"] for entry in ledger.find(["song_queued"])] == [1, 3]
    assert [entry["nth"] for entry in ledger.find(after=2)] == [2, 3]
    assert [entry["nth"] for entry in ledger.find(fields={"nth": "2"})] == [2]
    assert ledger.find(fields={"text": "a"}) == []
    ledger.clear()
    assert ledger.find() == []
    assert ledger.record("shoutout", {})["n"] == 1
    ledger.close()


async def test_over_http_with_filters(asker: Asker) -> None:
    await asker.steer("chat", {"viewer": {"login": "rowanpike"}, "text": "one"})
    await asker.steer("chat", {"viewer": {"login": "mothlamp"}, "text": "two"})
    url = f"{asker.sim.base_url}/sim/ledger"
    _, entries = await asker.ask("GET", f"{url}?kind=chat_shown&user_login=mothlamp")
    assert [entry["text"] for entry in entries] == ["two"]
    _, rest = await asker.ask("GET", f"{url}?after={entries[0]['n']}")
    assert rest == []
    assert (await asker.ask("GET", f"{url}?after=x"))[0] == 400


async def test_reset_empties_everything(asker: Asker) -> None:
    await asker.steer("rewards", {"title": "By hand"})
    await asker.steer("chat", {"text": "one"})
    await asker.steer("reset")
    assert list(asker.sim.ledger) == []
    assert (await asker.ask("GET", f"{asker.sim.base_url}/sim/rewards"))[1] == []
    assert (await asker.steer("rewards", {"title": "By hand"}))[0] == 200
