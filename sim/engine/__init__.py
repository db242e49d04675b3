"""Executors of layers' graphs (stacks, unrolled layers), and the passes through them."""
