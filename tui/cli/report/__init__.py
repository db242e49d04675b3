"""Tables and records of passes and runs."""
