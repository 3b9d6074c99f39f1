"""Plugins: found, checked, ordered, loaded in their own guard, switched on and off while everything runs.

Knows the contract (core/hookspecs.py) but nothing of what plugins do with it. Only loader.py imports plugins, and only by name.
"""

from .loaded import Addons, Failure, Plugin
from .manifest import BadManifest, Manifest, read_manifest

__all__ = ["Addons", "BadManifest", "Failure", "Manifest", "Plugin", "read_manifest"]
