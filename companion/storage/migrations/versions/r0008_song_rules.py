"""Limits of the song queue that held for everybody become those of each source and role.

Revision 0008
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LIMITS = ("duplicate_window", "queue_cap", "live_only")
SOURCES = ("reward", "command")
ROLES = ("everyone", "subscriber", "vip", "moderator")

SETTINGS = sa.table("object_settings", sa.column("name", sa.String), sa.column("content", sa.String))


def upgrade() -> None:
    """Move them. What cannot be read is left for the queue itself, which sets it aside where a person finds it."""
    connection = op.get_bind()
    ours = SETTINGS.c.name == "song_queue"
    content = connection.execute(sa.select(SETTINGS.c.content).where(ours)).scalar_one_or_none()
    moved = None if content is None else _moved(content)
    if moved is not None:
        connection.execute(sa.update(SETTINGS).where(ours).values(content=moved))


def _moved(content: str) -> str | None:
    try:
        settings = json.loads(content)
        limits = {name: settings.pop(name) for name in LIMITS if name in settings}
        rules: dict[str, dict[str, Any]] = settings.get("rules", {})
        settings["rules"] = {
            source: {role: {**rules.get(source, {}).get(role, {}), **limits} for role in ROLES} for source in SOURCES
        }
    except (ValueError, TypeError, AttributeError):
        return None
    return json.dumps(settings, ensure_ascii=False)
