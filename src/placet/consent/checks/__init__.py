"""What can be wrong with an organisation's settings, one small look at a time."""
