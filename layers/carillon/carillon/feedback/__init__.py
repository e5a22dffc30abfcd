"""The provider events, which are the feedback of SES and SNS about messages that they accepted: parse and record them.

functions/provider_events calls it. May import database, channels, aws, models, settings and the top level. It sends
nothing.
"""
