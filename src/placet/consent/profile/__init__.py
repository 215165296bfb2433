"""A person's profile in a consent group: items, merging, login."""
