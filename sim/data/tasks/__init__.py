"""Tasks that make the data: one file each."""
