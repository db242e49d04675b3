"""Fixes, pure functions from scenario to scenario: one file each."""
