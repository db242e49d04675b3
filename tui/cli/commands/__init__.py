"""Commands: one file each that holds a `command`."""
