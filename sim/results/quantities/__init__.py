"""Quantities: one file of facts each, of what a pass measures."""
