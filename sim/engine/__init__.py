"""Executors of layers, and the passes through them."""
