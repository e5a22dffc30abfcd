"""Live hints: who hears them, how many leave, and who may listen. docs/live.md has the whole picture.

A hint says that something of a person's may have changed. It has no content and no count: the list that the API answers
is the truth. May import models, settings and the top level. It never imports the database.
"""
