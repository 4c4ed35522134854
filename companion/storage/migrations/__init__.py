"""Schema revisions, run by alembic; `storage.migrate` is the way in."""
