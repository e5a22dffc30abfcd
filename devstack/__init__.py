"""Carillon on this machine: the real template and functions, on an AWS emulator and an embedded PostgreSQL.

`python -m devstack up` starts it. Use it for development only: it listens on loopback, accepts every connection, and
gives a token to every request. `machine/` knows no AWS, `aws/` plays AWS, and `stack.py` starts both. The other modules
here are its commands and its first users. Nothing here imports the demo except `__main__`, which puts both together.
"""
