"""Checks before a deploy: the account and the region."""
