"""Sending and repairing deliveries: claim, send, finish, dispatch, the circuit breaker and the backoff.

May import database, channels, aws, models, settings and the top level, and never the feed or people.
"""
