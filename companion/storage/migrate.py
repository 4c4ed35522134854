"""Bringing a database to the present schema, with a copy made first.

alembic is imported only when there is something to do: it costs a tenth of a second at every start.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Engine, MetaData, String, Table, inspect, select

from companion.storage.engine import check_foreign_keys, enforce_later, open_engine

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0008"
"""The newest revision this program knows; a test compares it with the revision files."""

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")

_version = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))


def current_revision(engine: Engine) -> str | None:
    """The revision a database stands at, None for an empty one."""
    with engine.begin() as connection:
        if not inspect(connection).has_table(_version.name):
            return None
        return connection.execute(select(_version.c.version_num)).scalar_one_or_none()


def upgrade(path: Path, metadata: MetaData) -> None:
    """Run the migrations that are due. Raises what SQLite or alembic raises; nothing is half done then."""
    from alembic import command

    engine = open_engine(path)
    try:
        with engine.connect() as connection:
            # Batch operations copy tables: with enforcement on, dropping the old one would cascade.
            enforce_later(connection)
            config = _config()
            config.attributes["connection"] = connection
            config.attributes["metadata"] = metadata
            with connection.begin():
                command.upgrade(config, "head")
                check_foreign_keys(connection)
    finally:
        engine.dispose()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
