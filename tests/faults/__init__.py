"""Storms: the real worker and reaper run in processes that are killed at every step.

PostgreSQL is real; the queue and the provider are servers of these tests and fail on purpose. `make test-faults` runs
all storms. docs/reliability.md describes them and has the results of the last run.
"""
