"""`carillon import pinpoint`: people from an export of Amazon Pinpoint.

- endpoints.py: reads the files, line by line, and says which endpoints Carillon can have.
- people.py: joins the endpoints of each person, in a database on the disk.
- command.py: the command, its progress and its report.
"""
