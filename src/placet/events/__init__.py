"""Decides what happens to events: identity, policy, filters, records (pure)."""
