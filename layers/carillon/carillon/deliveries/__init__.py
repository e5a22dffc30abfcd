"""Sending and repairing deliveries: claim, send, finish, dispatch, the circuit breaker and the backoff.

May touch database, channels, aws.queue, models and settings. It knows nothing of the feed or of people.
"""
