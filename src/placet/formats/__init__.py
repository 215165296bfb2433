"""Reads and writes the strings that standards define; pure, and independent of all other packages of placet."""
