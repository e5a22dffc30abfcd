"""The HTTP API: the resolver, the form of responses and errors.

It uses the modules at the top of the package, and never the database. Only handlers import it.
"""
