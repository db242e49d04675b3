"""The screen of one pass."""
