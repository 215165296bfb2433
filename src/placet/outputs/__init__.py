"""Delivery to destinations: pure request builders, delivery control, and the network transport."""
