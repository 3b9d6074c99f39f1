"""The record engine: one declaration (`RecordType`) for the nouns, functions that take it for everything that they have in common.

list_query, form, create/update/delete, CSV out and in, REST, search, pickers. The generic views call these in order; a plugin's own
view calls the same pieces. No piece knows a custom field: it is a Field like any other.
"""
