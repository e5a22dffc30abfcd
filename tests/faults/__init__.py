"""Storms: the real worker and reaper in processes of their own, killed at every step, between a real PostgreSQL and a
queue and a provider that misbehave. `make test-faults`; what it found last: docs/reliability.md."""
