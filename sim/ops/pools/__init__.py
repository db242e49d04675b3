"""How images become smaller: one file each."""
