"""Tools for people who look after consent: explaining consent strings."""
