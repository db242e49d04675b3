"""The columns of a run's history: numbers of each update, and of each update and layer."""

NUMBERS = (
    "loss", "accuracy", "gradient_norm", "clipped_norm", "cosine", "learning_rate", "loss_scale", "clipped", "skipped",
    "bad_activations", "bad_gradients", "bad_norm", "bad_clipped", "bad_memory", "bad_parameters", "lost_updates",
)  # fmt: skip
BY_LAYER = ("gradient_rms", "weight_gradient_norm", "weight_norm", "update_norm", "parameter_norm", "nonfinite_count")
CHARTED = (
    "loss", "gradient_norm", "gradient_rms", "update_ratio", "accuracy", "cosine", "weight_norm", "learning_rate",
    "loss_scale", "lost_updates",
)  # fmt: skip
"""What can be drawn over the updates, and named by a step of a lesson that has an update."""
ALSO = {
    "grad_norm": "gradient_norm",
    "norm": "gradient_norm",
    "gradient": "gradient_rms",
    "grad_rms": "gradient_rms",
    "update": "update_ratio",
    "ratio": "update_ratio",
    "acc": "accuracy",
    "angle": "cosine",
    "cosine_similarity": "cosine",
    "weights": "weight_norm",
    "lr": "learning_rate",
    "scale": "loss_scale",
}
"""Other words for those."""
WITH_LAYERS = ("gradient_rms", "update_ratio", "weight_norm")
"""Those of them that are of each layer."""
COUNTED = ("clipped", "skipped")
"""What a lesson's text can count: updates up to one."""
