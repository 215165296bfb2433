"""Checks of an organisation's settings, their differences, and sealing of secrets (pure)."""
