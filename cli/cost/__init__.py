"""The bill of a month: from usage to calls, and from calls to dollars.

No module here reads a stack, AWS or a database.

- usage.py: the usage of a month, as its numbers and as actions.
- calls.py: the requests and invocations that the actions cause.
- measured.py: the measured milliseconds and bytes, and the names of the metrics.
- stacks.py: the resources and settings of the template. A test compares it with `template.yaml`.
- prices.py: list prices, with their pages and their date.
- bill.py: the lines of the bill, their sum, and the notes below them.
- command.py: the command `carillon cost`.
"""
