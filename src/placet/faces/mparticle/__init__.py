"""Speaks mParticle's dialect: batches come in, pages and apps learn what they must load."""
