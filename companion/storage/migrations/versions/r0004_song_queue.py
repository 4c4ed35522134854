"""Tables of: song queue.

Revision 0004
"""

from __future__ import annotations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT_WIDTH = 27


def upgrade() -> None:
    """Make the tables."""
