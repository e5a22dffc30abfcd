"""What is kept about a person: preferences, addresses, devices, and the pages that unsubscribe them.

May touch database, links, aws.endpoints, models and settings. It sends nothing.
"""
