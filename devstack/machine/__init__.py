"""This machine: what must hold, what is started and stopped, the PostgreSQL and the small HTTP servers."""
