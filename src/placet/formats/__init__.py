"""Reads and writes the strings that standards define (pure, nothing of ours imported)."""
