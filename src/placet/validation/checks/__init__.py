"""The checks of settings, one file per subject."""
