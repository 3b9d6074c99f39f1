"""The generic pages of record types: list, record with its tabs, form, custom fields, import. Each calls the engine's pieces in order."""
