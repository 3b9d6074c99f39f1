"""A pytest plugin that ships with the product: apps on real databases, real servers, a strict browser.

Our own tests use exactly what authors of plugins get. Nothing here runs outside pytest.
"""

from .world import Part, World

__all__ = ["Part", "World"]
