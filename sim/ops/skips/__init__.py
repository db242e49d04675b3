"""Skip connections: one file each."""
