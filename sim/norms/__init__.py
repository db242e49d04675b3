"""Normalisations: one file each."""
