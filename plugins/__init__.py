"""The bundled plugins, and whatever folders `CARTERA_ADDONS` adds to this package's path."""
