"""The version, which is that of the service (CONTRIBUTING.md, Releases)."""

__version__ = "0.1.0"
