"""Everything that runs on this machine without AWS: checks, processes, PostgreSQL and small HTTP servers.

Modules here must not import `devstack.aws` or the stack. They may import the package `carillon`.
"""
