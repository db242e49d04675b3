"""Quantities over updates: one file each, a pure function from what a run has recorded to numbers by update."""
