"""The command line: a command is one file of this folder that holds a `command`."""
