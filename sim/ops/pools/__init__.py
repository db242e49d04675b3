"""Pooling of images: one file each."""
