"""Carillon on this machine: the real template and functions on an AWS emulator and an embedded PostgreSQL.

`python -m devstack up` starts it. For development only: it listens on loopback, trusts whoever
connects, and hands a token to anyone who asks.
"""
