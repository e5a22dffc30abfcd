"""Recording, listing, marking, explaining and retracting notifications: the in-app truth.

May touch database, links, models, settings and the words at the top. It neither sends nor queues.
"""
