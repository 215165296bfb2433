"""The model of what can be configured (pure)."""
