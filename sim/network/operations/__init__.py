"""Entries of `network.layers` that are a single operation, or a block of layers: one file each."""
