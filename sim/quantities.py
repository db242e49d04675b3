"""What can be looked at: the names of the quantities by layer and step that any kind of network has. No numba."""

from . import menu

ALWAYS = (
    "activation_mean", "activation_std", "activation_rms", "preactivation_std",
    "gradient_rms", "gradient_norm", "gradient_max", "slope_factor", "norm_factor", "weight_factor",
    "saturated_fraction", "zero_fraction", "nonfinite_count", "underflow_fraction",
)  # fmt: skip
RECURRENT = ("input_weight_factor", "output_norm_factor")


def quantities() -> tuple[str, ...]:
    """All names, also those that only some kinds have, as the gates of an lstm: each kind's file says its own."""
    kinds = [menu.entry("layers", name).facts for name in menu.names("layers")]
    own = [name for facts in kinds for name in facts.get("QUANTITIES", ())]
    return tuple(dict.fromkeys((*ALWAYS, *RECURRENT, *own)))
