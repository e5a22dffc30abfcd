"""The data that passes a border of the service, one module for each resource: requests, answers, rows and events."""
