"""Custom fields: definitions, sections, kinds, and the one SQL expression of a value that lies in the record's JSON column.

To the record engine a custom field is a Field like any other; this package makes those Fields from the definitions.
"""
