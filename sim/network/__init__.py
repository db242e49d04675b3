"""Layers with their parameters, and how a network is built."""
