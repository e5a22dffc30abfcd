"""What SES and SNS report about what they accepted: parsed, then recorded with the delivery it is about.

May touch database, channels.errors, aws.queue, models and settings. It sends nothing.
"""
