"""The engine: executes the graphs of layers, and passes forward and backward through a network (see passes.py)."""
