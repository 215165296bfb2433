"""The PostgreSQL that the stores' tests use is a destination as well."""
