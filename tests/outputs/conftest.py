"""The PostgreSQL that the stores' tests use serves a warehouse as well."""

from tests.stores.conftest import postgres as postgres
