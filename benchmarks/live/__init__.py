"""The wait of a person whose bell hears hints: `python -m benchmarks.live`."""
