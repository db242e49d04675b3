"""The command line: a command is one file of the folder `commands`."""
