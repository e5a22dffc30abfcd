"""How long a person waits for a notification whose bell hears hints: `python -m benchmarks.live`."""
