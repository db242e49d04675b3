"""Activations: one file each."""
