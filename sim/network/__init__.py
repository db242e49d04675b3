"""Layers as data: the graph of each kind, initial parameters, the readout, and what a pass needs of memory."""
