"""Planted faults: tests/mutations/README.md says what they are."""
