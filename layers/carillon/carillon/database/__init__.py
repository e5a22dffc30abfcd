"""The connection, its statements, the schema, and the roles that may use it.

This room holds no rule of the service. It may import `aws`, `settings` and the top level.
"""
