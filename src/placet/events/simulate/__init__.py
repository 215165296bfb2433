"""Evaluates draft settings against stored events without sending anything."""
