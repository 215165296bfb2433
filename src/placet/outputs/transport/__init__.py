"""Sending over the network: HTTP, connection pool, SSRF guard, OAuth tokens, S3, PostgreSQL."""
