"""Tables of: chat commands.

Revision 0007
"""

from __future__ import annotations

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT_WIDTH = 27


def upgrade() -> None:
    """Make the tables."""
