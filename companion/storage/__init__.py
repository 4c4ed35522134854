"""SQLite: the engine, the base types and the migrations."""
