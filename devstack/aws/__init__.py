"""AWS as the devstack plays it: the emulator, the build and the deploy, and the proxies in front of both."""
