"""Joins all parts into one application: stores, services, dialects and workers."""
