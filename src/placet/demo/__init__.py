"""A guided tour of the example organisation on a fresh embedded store."""
