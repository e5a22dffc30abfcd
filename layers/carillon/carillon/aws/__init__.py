"""The clients of AWS services outside the channels: SQS visibility timeouts, SNS endpoints, SES suppressions, hints.

May import live, models, settings and the top level. It never imports the database, and no client retries.
"""
