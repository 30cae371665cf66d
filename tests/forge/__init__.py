"""Forges as emulators: strict, stateful servers on loopback that tests start and stop."""
