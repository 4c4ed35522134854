"""`python -m companion`, and the command `companion`."""

from __future__ import annotations

import gc
import sys

from companion.bootstrap.cli import main


def run() -> int:
    """Run one command; the answer is its exit code."""
    code = main()
    # The process ends here. Unfrozen, the interpreter would look for cycles among all objects once more: half a second.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(run())
