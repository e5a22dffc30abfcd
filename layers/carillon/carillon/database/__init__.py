"""The connection, the statements it runs, the schema they need, and the roles that may run them.

May touch aws.clients, settings and the words at the top. It holds no rule of the service.
"""
