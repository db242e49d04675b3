"""Concerns of a pass: one file each."""
