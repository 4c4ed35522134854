"""The shape of the checkout."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.tree import ROOT, python_files, tracked

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "LICENSE",
    "README.md",
    "companion",
    "packaging",
    "pyproject.toml",
    "resources",
    "tests",
}
HERE = Path("tests/architecture/test_tree.py")
FOREIGN = re.compile(
    r"""(?x)
    (?<![\w.~-]) / (work|root|home/\w+) /   # somebody's machine
    | /Users/\w+/ | [A-Z]:\\Users\\         # the same elsewhere
    | \.\./shared
    | pypi\.org | pythonhosted\.org | registry\.npmjs | deb\.debian\.org | --(extra-)?index-url
    """
)


def test_top_level_is_exactly_as_agreed() -> None:
    assert {path.parts[0] for path in tracked()} == TOP_LEVEL


def test_packaging_is_no_package() -> None:
    """As one it would hide the library of the same name."""
    assert not list((ROOT / "packaging").rglob("__init__.py"))


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="ignore")
        lines = enumerate(text.splitlines(), start=1) if path != HERE else ()
        found += [f"{path.as_posix()}:{number}: {line.strip()[:80]}" for number, line in lines if FOREIGN.search(line)]
    assert not found, "\n".join(found)


def test_every_unit_test_has_its_source() -> None:
    """`tests/unit/a/test_b.py` tests `companion/a/b.py`; `test_b_aspect.py` one aspect of it.

    So does `test_b.py` for what `b_one.py` and `b_two.py` do together.
    """
    orphans = []
    for path in python_files("tests"):
        if path.parts[1] != "unit" or not path.name.startswith("test_"):
            continue
        folder = ROOT / "companion" / Path(*path.parts[2:-1])
        sources = [source.stem.strip("_") for source in folder.glob("*") if source.suffix == ".py" or source.is_dir()]
        name = path.stem.removeprefix("test_")
        if not any(f"{name}_".startswith(f"{it}_") or it.startswith(f"{name}_") for it in sources):
            orphans.append(path.as_posix())
    assert not orphans, "\n".join(orphans)
