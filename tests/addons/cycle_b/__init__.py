"""Half of a circle."""
