"""Decides about privacy regulations: suppression, deletion, withdrawal (pure)."""
