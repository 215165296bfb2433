"""Speaks each dialect: translates, calls one service, translates back."""
