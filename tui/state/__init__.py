"""What the screens are in: pure and frozen, changed by functions."""
