"""Judges what happened: events, whose they are, where they may go. Pure."""
