"""The pages of people and of Setup: signing in, own settings, users, profiles, groups, plugins, visibility, the frame of CRM setup.

Setup is for superadmins; to everybody else its addresses answer as if they never were. Plugins add tabs to CRM setup.
"""
