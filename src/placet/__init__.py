"""placet: a self-hosted consent platform that asks, remembers, proves and enforces."""

__version__ = "0.1.0"
