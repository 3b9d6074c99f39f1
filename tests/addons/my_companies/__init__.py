"""A folder that takes the name of a bundled plugin."""
