"""Files of no particular content: npz, TOML, and writing whole or not at all."""
