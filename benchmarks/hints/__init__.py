"""The cost of hints for a create, and while their queue, or what follows it, has failed."""

import benchmarks.capacity as capacity  # it finds the functions' modules

__all__ = ["capacity"]
