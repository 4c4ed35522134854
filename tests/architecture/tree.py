"""The checkout as the architecture tests see it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_BEHIND = re.compile(r"/(\.git|\.venv[^/]*|__pycache__|build|dist|\.\w+_cache|\.hypothesis|[^/]+\.egg-info)/")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the project, relative to the root: what git tracks or would add.

    Without git (an unpacked archive): everything but what tools leave behind.
    """
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return tuple(sorted(path for path in files if not LEFT_BEHIND.search(f"/{path.as_posix()}")))
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted({Path(name) for name in names if name and (ROOT / name).is_file()}))


def python_files(*folders: str) -> list[Path]:
    """The project's Python files below `folders`, relative to the root."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in folders]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file named relative to the root."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Each call in a file with the dotted name it calls (`a.b.c`; `?` for what has no name)."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression; the part without a name is `?`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case _:
            return "?"


def imports(path: Path, *, top_level_only: bool = False) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every module that a file imports (`from a import b` counts as `a`)."""
    nodes = parsed(path).body if top_level_only else ast.walk(parsed(path))
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module)):
                yield node.lineno, module
