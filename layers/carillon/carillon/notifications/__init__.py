"""The in-app notifications: recording, listing, marking, explaining and retracting them.

This package may import database, links, models, settings, templates and the top level. It neither sends nor dispatches.
"""
