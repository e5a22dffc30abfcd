"""A person's preferences, contact data, devices and links to unsubscribe, and the erasing of a person.

May import database, links, aws, models, settings, words and the top level. It sends nothing.
"""
