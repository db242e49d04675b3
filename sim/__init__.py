"""The simulator: a scenario in, a trace out. A library without a screen."""
