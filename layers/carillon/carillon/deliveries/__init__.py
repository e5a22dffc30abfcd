"""Sending and repairing deliveries: claim, send, finish, dispatch, the circuit breaker and the backoff.

This package may import database, channels, aws, models and settings. It must not import the feed or people.
"""
