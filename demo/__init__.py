"""The demo: a page about a running devstack, with its producer, its pipe and its stories.

app.py says what the page polls and what its buttons do. See docs/devstack.md, "The demo".
"""
