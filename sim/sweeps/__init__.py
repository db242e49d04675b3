"""Sweeps: one or two keys of a scenario over their values, each point simulated, on one machine or on many."""
