"""The blocking client. `bin/clients` makes the blocking one of it.

Made by `bin/clients`. Do not edit.
"""
