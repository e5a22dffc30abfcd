"""The connection, its statements, the schema, and the roles that may use it.

statements/ has the statements that Python calls, schema/functions/ the SQL functions with the logic.
This room holds no rule of the service. It may import `aws`, `settings` and the top level.
"""
