"""Charts of a pass: one file each, a pure function from a trace to numbers by layer and step."""
