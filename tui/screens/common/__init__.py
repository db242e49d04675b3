"""What the screen of a pass and the screen of a training run share."""
