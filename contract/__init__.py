"""The HTTP contract beyond the routes and models: examples, errors, headers.

`functions/openapi.py` joins it with the routes. No function imports it.

- `examples.yaml` is a story: requests in an order, each with the status of its answer.
- `answers.json` has the answers that the functions gave to them, on a database whose clock stands still.
  tests/integration/api/test_examples.py asks again and compares.
"""
