"""One idea per file, one step per function: a file of 500 lines or a function of 40 holds more."""

from __future__ import annotations

import ast

from tests.architecture.tree import ROOT, parsed, python_files, tracked

MODULE_LIMIT = 500
FUNCTION_LIMIT = 40
"""Lines from `def` to the end, less the docstring."""

FOLDERS = ("companion", "packaging", "tests")
MIGRATIONS = "companion/storage/migrations/versions/"
"""A revision is one list of what it makes, and is never touched again: its functions may be long."""


def test_no_module_is_too_long() -> None:
    pages = [path for path in tracked() if path.parts[0] == "resources" and path.suffix in (".css", ".html", ".js")]
    sizes = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in pages}
    sizes |= {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in python_files(*FOLDERS)}
    too_long = [f"{path}: {size} lines" for path, size in sizes.items() if size > MODULE_LIMIT]
    assert not too_long, "\n".join(too_long)


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{path.as_posix()}:{node.name}: {size} lines"
        for path in python_files(*FOLDERS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := lines_of(node)) > FUNCTION_LIMIT
        and not path.as_posix().startswith(MIGRATIONS)
    ]
    assert not too_long, "\n".join(too_long)


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring
