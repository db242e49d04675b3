"""Arithmetic: kernels, number formats, matrix products, moments, random streams."""
