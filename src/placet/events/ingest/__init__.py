"""Validates a batch of events and decides what is stored."""
