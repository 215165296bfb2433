"""Delivery plugins: loading them and running them within limits."""
