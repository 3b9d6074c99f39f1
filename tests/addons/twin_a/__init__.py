"""One of two folders whose manifests share a name."""

WHO = "a"
