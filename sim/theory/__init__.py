"""Theory of networks at initialisation."""
