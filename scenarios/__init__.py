"""The preset scenarios."""
