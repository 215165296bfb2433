"""What all tests share: a generated case may take as long as a busy machine needs."""

from hypothesis import settings

settings.register_profile("placet", deadline=None)
settings.load_profile("placet")
