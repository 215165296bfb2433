"""Tests of the floor that decides what was agreed."""
