"""Windows over a screen."""
