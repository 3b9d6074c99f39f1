"""The look of every page: layout, menu, templates, static files, error pages, security headers, languages.

Knows nothing of companies and invoices; what stands on a page comes from the record engine and from plugins.
"""
