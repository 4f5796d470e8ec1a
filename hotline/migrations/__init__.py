"""Alembic's one environment; the schema it produces equals the metadata (a test compares)."""
