"""Tables of: sagas, and settings of durable objects.

Revision 0002
"""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT_WIDTH = 27


def upgrade() -> None:
    """Make the tables."""
