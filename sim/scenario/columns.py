"""The columns of a run's history: numbers of each update, and of each update and layer."""

BAD = ("bad_activations", "bad_gradients", "bad_norm", "bad_clipped", "bad_memory", "bad_parameters")
"""How many numbers of each were not finite."""
NUMBERS = (
    "loss", "accuracy", "gradient_norm", "clipped_norm", "cosine", "learning_rate", "loss_scale", "clipped", "skipped",
    *BAD, "lost_updates",
)  # fmt: skip
BY_LAYER = ("gradient_rms", "weight_gradient_norm", "weight_norm", "update_norm", "parameter_norm", "nonfinite_count")
COUNTED = ("clipped", "skipped")
"""What a lesson's text can count: updates up to one."""
