"""The asynchronous client. `bin/clients` makes the blocking one of it."""
