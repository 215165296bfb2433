"""A guided tour: the example organisation on a fresh embedded store, walked through call by call."""
