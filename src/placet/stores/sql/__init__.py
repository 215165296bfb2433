"""The ports in SQL that SQLite and PostgreSQL both understand."""
