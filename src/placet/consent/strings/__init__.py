"""Consent strings of a request: which incoming ones count, and which are returned."""
