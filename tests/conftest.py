"""For every test: an example of a property may take as long as a busy machine makes it."""

from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
