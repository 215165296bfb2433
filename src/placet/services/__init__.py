"""One story per file: load, decide, keep, answer."""
