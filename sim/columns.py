"""The columns of a run's history: numbers of each update, and of each update and layer."""

NUMBERS = (
    "loss", "accuracy", "gradient_norm", "clipped_norm", "cosine", "learning_rate", "loss_scale", "clipped", "skipped",
    "bad_activations", "bad_gradients", "bad_clipped", "bad_parameters",
)  # fmt: skip
BY_LAYER = ("gradient_rms", "weight_gradient_norm", "weight_norm", "update_norm", "nonfinite_count")
CHARTED = (
    "loss", "accuracy", "gradient_norm", "update_ratio", "gradient_map", "cosine", "learning_rate", "loss_scale",
)  # fmt: skip
"""The charts over the updates, which a lesson can show."""
