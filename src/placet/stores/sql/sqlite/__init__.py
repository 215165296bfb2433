"""The SQLite engine: one writer process and many readers."""
