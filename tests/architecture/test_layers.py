"""The layers hold: the contracts of pyproject.toml, and what they cannot say."""

from __future__ import annotations

import subprocess
import sys
import tomllib

from tests.architecture.tree import ROOT, imports, python_files

LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def test_import_contracts_hold() -> None:
    result = subprocess.run([sys.executable, "-c", LINT], cwd=ROOT, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_kernel_and_ports_need_only_the_standard_library() -> None:
    found = [
        f"{path.as_posix()}:{line}: {module}"
        for path in python_files("companion")
        if path.parts[1] in ("kernel", "ports")
        for line, module in imports(path)
        if (top := module.split(".")[0]) not in sys.stdlib_module_names and top != "companion"
    ]
    assert not found, "\n".join(found)


def test_contracts_name_every_service_and_object() -> None:
    """An independence contract lists its modules: a new one must be added."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    listed = {contract["id"]: set(contract["modules"]) for contract in contracts if contract["type"] == "independence"}
    assert packages("services") <= listed["services-blind"]
    assert packages("objects") - {"companion.objects.token"} <= listed["objects-blind"]  # the shared half of two


def packages(layer: str) -> set[str]:
    inits = (ROOT / "companion" / layer).glob("*/__init__.py")
    return {f"companion.{layer}.{path.parent.name}" for path in inits}
