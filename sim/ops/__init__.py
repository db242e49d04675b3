"""Differentiable operations, of which layers are made: one a file."""
