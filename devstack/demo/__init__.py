"""The demo page's server: what it polls, and what its buttons do. See docs/devstack.md, "The demo"."""
