"""The demo: a page that shows how notifications travel through a running devstack. See docs/devstack.md, "The demo".

`app.py` has what the page polls and what its buttons do. The demo may import the devstack and the package `carillon`.
The command `python -m devstack up` gives `demo.app.open_page` to the stack, which serves the page.
"""
