"""Weight initialisations: one file each."""
