"""The AWS clients and each service that Carillon calls outside its channels: SQS, SNS endpoints, SES suppressions.

May touch settings and the words at the top. It knows nothing of the database, and nothing here retries.
"""
