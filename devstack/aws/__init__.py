"""AWS on this machine: `sam build`, `sam deploy`, the emulator, the proxies in front of it and the token issuer.

Modules here may import `devstack.machine`. They must not import the stack, which starts them.
"""
