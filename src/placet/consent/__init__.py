"""Decides what was agreed: rules, choices, profiles, decision, receipt (pure)."""
