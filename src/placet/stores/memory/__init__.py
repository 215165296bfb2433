"""The stores in memory, for tests and demos."""
