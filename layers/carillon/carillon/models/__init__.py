"""The data that passes a border of the service, one module for each resource: requests, answers, rows and events.

May import only the top level. It reads and sends nothing.
"""
