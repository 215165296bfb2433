"""Decides what was agreed: pure, no clock, no dice, no network."""
