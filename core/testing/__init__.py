"""A pytest plugin that ships with the product: apps on real databases, real servers, a strict browser.

Our own tests use exactly what authors of plugins get. Nothing here runs outside pytest.
"""

from .world import Part, World  # without pytest: what plugins say of their tests is read where only the product runs

__all__ = ["Part", "World"]
