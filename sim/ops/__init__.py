"""Differentiable operations that layers consist of; a file holds one, or a few of a kind (poolings, reductions)."""
