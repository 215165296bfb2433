"""The state that a device keeps between calls, read and written."""
