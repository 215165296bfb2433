"""Properties are judged by what they find, never by how fast this machine is today."""

from hypothesis import settings

settings.register_profile("placet-events", deadline=None, print_blob=True)
settings.load_profile("placet-events")
