"""What holds for all tests of this tree. Fixtures come from `core.testing`, the pytest plugin that ships with the product."""

from hypothesis import settings

# Two busy cores make single examples slow: a test fails for what it finds, not for when.
settings.register_profile("cartera", deadline=None)
settings.load_profile("cartera")
