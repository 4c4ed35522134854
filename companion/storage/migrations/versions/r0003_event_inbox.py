"""Tables of: event inbox.

Revision 0003
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT_WIDTH = 27


def upgrade() -> None:
    """Make the tables."""
