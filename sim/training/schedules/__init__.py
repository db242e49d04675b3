"""Learning rates over the updates: one file each."""
