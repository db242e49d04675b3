"""Kinds of layer: one file each."""
