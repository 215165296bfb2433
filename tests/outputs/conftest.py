"""The PostgreSQL that the stores' tests use serves a warehouse as well."""
