"""The columns of a run's history: numbers of each update, and of each update and layer."""

NUMBERS = (
    "loss", "accuracy", "gradient_norm", "clipped_norm", "cosine", "learning_rate", "loss_scale", "clipped", "skipped",
    "bad_activations", "bad_gradients", "bad_clipped", "bad_parameters", "lost_updates",
)  # fmt: skip
BY_LAYER = ("gradient_rms", "weight_gradient_norm", "weight_norm", "update_norm", "nonfinite_count")
CHARTED = (
    "loss", "gradient_norm", "gradient_rms", "update_ratio", "accuracy", "cosine", "weight_norm", "learning_rate",
    "loss_scale", "lost_updates",
)  # fmt: skip
"""What can be drawn over the updates, and named by a step of a lesson that has an update."""
