"""The journal and the checkpoints as SQL tables, in DuckDB: a lens, never the write path."""
