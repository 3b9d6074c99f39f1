"""Custom fields: definitions, sections, kinds, and the one SQL expression of a value that lies in the record's JSON column.

To the record engine a custom field is a Field like any other; this package makes those Fields from the definitions.
"""

from .definitions import custom_fields, fields_of_type, is_custom, unique_fields
from .services import create_field

__all__ = [
    "create_field", "custom_fields", "fields_of_type", "is_custom", "unique_fields",
]  # fmt: skip
