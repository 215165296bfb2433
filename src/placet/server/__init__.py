"""Runs the application: HTTP protocol, limits, fast path, logs and shutdown."""
