"""The types of lead of the world of tests."""

from core.testing import Part

WORLD = (Part("leads.type", name="lead_types", rows=[{"name": "Web"}]),)
