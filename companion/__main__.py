"""`python -m companion`."""

from __future__ import annotations

import sys

from companion.bootstrap.cli import main

if __name__ == "__main__":
    sys.exit(main())
