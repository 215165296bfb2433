"""Stored forms of batches, delivery tasks and live rows."""
