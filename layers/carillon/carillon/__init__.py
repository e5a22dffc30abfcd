"""Carillon, a notification service: it records each notification once, routes it, and delivers it exactly once."""
