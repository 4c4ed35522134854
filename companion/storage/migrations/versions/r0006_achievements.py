"""Tables of: achievements.

Revision 0006
"""

from __future__ import annotations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT_WIDTH = 27


def upgrade() -> None:
    """Make the tables."""
