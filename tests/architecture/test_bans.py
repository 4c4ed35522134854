"""What no module may do outside its one home, because each of these has broken an application like this one."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import ROOT, calls, imports, parsed, python_files

EVERYWHERE = frozenset[str]()
BANS = {
    # A nested loop inside a task loses another task's wake-up for good.
    r"(^|\.)exec_?$": EVERYWHERE,
    r"(^|\.)processEvents$": EVERYWHERE,
    # A bare task may be collected in mid-run and swallows its exception (one of a task group does neither).
    r"(^|\.)(?<!group\.)(create_task|ensure_future)$": frozenset({"companion/kernel/tasks.py"}),
    # Time comes from the clock that the constructor was given.
    r"^(datetime\.)?(datetime|date)\.(now|utcnow|today)$": frozenset({"companion/kernel/instant.py"}),
    r"^time\.(time|time_ns)$": frozenset({"companion/kernel/instant.py"}),
    # SQL is written by the ORM; pragmas and transactions are the engine's.
    r"(^|\.)exec_driver_sql$": frozenset({"companion/storage/engine.py"}),
}
EXPLAINED = re.compile(r"#\s*(noqa: [A-Z0-9, ]+|type:\s*ignore\[[^]]+\])\s*[#(-]\s*\S+")
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)\b")


@pytest.mark.parametrize("pattern", BANS)
def test_banned_call_stays_in_its_home(pattern: str) -> None:
    found = [
        f"{path.as_posix()}:{call.lineno}: {name}"
        for path in python_files("companion")
        if path.as_posix() not in BANS[pattern]
        for call, name in calls(path)
        if re.search(pattern, name)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("home", sorted(frozenset[str]().union(*BANS.values())))
def test_home_exists(home: str) -> None:
    assert (ROOT / home).is_file()


def test_no_textual_sql() -> None:
    found = [
        f"{path.as_posix()}:{line}"
        for path in python_files("companion")
        if path.as_posix() != "companion/storage/engine.py"
        for line, text in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"from sqlalchemy(\.sql)? import .*\btext\b|\b(sqlalchemy|sa)\.text\(", text)
    ]
    assert not found, "\n".join(found)


def test_suppressions_give_their_reason() -> None:
    found = [
        f"{path.as_posix()}:{line}: {text.strip()}"
        for path in python_files("companion", "packaging", "tests")
        if path.name != "test_bans.py"
        for line, text in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if SUPPRESSION.search(text) and not EXPLAINED.search(text)
    ]
    assert not found, "\n".join(found)


def test_init_files_hold_only_a_docstring() -> None:
    """No re-exports: an import names the file where the thing is. The root alone also says its version."""
    inits = [path for path in python_files("companion") if path.name == "__init__.py"]
    assert [path.as_posix() for path in inits[1:] if len(parsed(path).body) != 1] == []


def test_alembic_is_imported_late() -> None:
    """It costs 0.1 s and tens of megabytes: only a migration that is due may pay for it."""
    found = [
        f"{path.as_posix()}:{line}"
        for path in python_files("companion")
        if not path.as_posix().startswith("companion/storage/migrations/")
        for line, module in imports(path, top_level_only=True)
        if module.split(".")[0] == "alembic"
    ]
    assert not found, "\n".join(found)
