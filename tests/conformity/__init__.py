"""The OpenAPI document against the functions: schemathesis sends what it promises and forbids, and checks each answer.

`make test-contract` sends about 10,000 requests, and tests/integration/api/test_conformity.py a part of them.
"""
