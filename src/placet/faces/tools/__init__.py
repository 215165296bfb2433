"""Tools for people who look after consent: what a string says, in plain words."""
