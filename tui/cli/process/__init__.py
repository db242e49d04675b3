"""The process around a command: output, progress, signals, saving."""
