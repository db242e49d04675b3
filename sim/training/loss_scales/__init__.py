"""Loss scalings: one file each."""
