"""A team's folder: its settings, categories and templates, and the deploy of a release with them.

The sources of the release are part of the package, so a deploy needs no clone. docs/deploy.md explains the folder.
"""
