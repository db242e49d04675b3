"""Entries of `network.layers` that are one operation and no kind of layer: one file each."""
