"""Explains consent strings in plain words."""
