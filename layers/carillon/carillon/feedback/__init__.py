"""The feedback of SES and SNS about messages that they accepted: parse it, and record it with its delivery.

May import database, channels, aws, models, settings and the top level. It sends nothing.
"""
