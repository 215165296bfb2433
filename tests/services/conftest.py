"""The PostgreSQL that the stores' tests use is a destination as well."""

from tests.stores.conftest import postgres as postgres
