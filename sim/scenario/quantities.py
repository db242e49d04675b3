"""What can be looked at: the names of the quantities by layer and step that any kind of network has. No numba."""

from .. import registry

ALWAYS = (
    "activation_mean", "activation_std", "activation_rms", "preactivation_std",
    "gradient_rms", "gradient_norm", "gradient_max", "slope_factor", "norm_factor", "weight_factor",
    "saturated_fraction", "zero_fraction", "nonfinite_count", "underflow_fraction",
)  # fmt: skip
RECURRENT = ("input_weight_factor", "output_norm_factor")
ALSO = {
    "gradient": "gradient_rms",
    "grad": "gradient_rms",
    "grad_rms": "gradient_rms",
    "grad_norm": "gradient_norm",
    "grad_max": "gradient_max",
    "slope": "slope_factor",
    "norm": "norm_factor",
    "weight": "weight_factor",
    "mean": "activation_mean",
    "std": "activation_std",
    "rms": "activation_rms",
    "saturation": "saturated_fraction",
    "saturated": "saturated_fraction",
    "dead_fraction": "zero_fraction",
    "dead": "zero_fraction",
    "zeros": "zero_fraction",
    "nan": "nonfinite_count",
    "inf": "nonfinite_count",
    "underflow": "underflow_fraction",
    "forget_gate": "gate_f_mean",
    "input_gate": "gate_i_mean",
    "output_gate": "gate_o_mean",
    "reset_gate": "gate_r_mean",
    "update_gate": "gate_z_mean",
    "cell_gradient": "cell_gradient_rms",
}
"""Other words for them."""


def quantities() -> tuple[str, ...]:
    """All names, also those that only some kinds have, as the gates of an lstm: each kind's file says its own."""
    kinds = [registry.entry("layers", name).metadata for name in registry.names("layers")]
    own = [name for metadata in kinds for name in metadata.get("QUANTITIES", ())]
    return tuple(dict.fromkeys((*ALWAYS, *RECURRENT, *own)))
