"""The result of a simulation: statistics by layer and time step, and a verdict with concerns."""

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..errors import UserError, unknown
from ..numerics.arrays import Array, Floats
from ..scenario.quantities import every_trace, of_memory
from ..scenario.scenario import Scenario
from ..scenario.schema import STEP
from ..scenario.verdict_words import Kind, Outlook
from ..text import format_number
from .factors import Chain, ChainAxis, LayerInfo, chain_factors
from .nonfinite import Nonfinite


@dataclass(frozen=True)
class Concern:
    """Evidence in a pass against training: name in the menu, number, sentence; only a `counted` one makes it doubtful.

    `symptom` is the one that fixes declare to cure; `in_verdict` is whether the verdict's sentence covers it.
    """

    name: str
    value: float
    text: str
    counted: bool
    symptom: str = ""
    in_verdict: bool = False

    def to_dict(self) -> dict[str, object]:
        """Plain data."""
        return {"name": self.name, "value": self.value, "text": self.text, "counted": self.counted}


@dataclass(frozen=True, repr=False)
class Verdict:
    """The verdict: the gradient's state in one word, its ratio first over last layer, and one sentence of why.

    Of recurrent kinds the ratio is over `axis`, and `layer` (from 1) is the worst layer over time; `memory_horizon` is
    how many steps back less than 1% of its gradient is left, None if nowhere, and `cell_memory_horizon` the same of an
    LSTM's dL/dc; `own_losses` says why neither tells of memory if every step has a loss. If it is bidirectional,
    `direction` is that of the gradient, "forward", "reverse" or "both". `outlook` is whether the network will train, in
    view of `concerns`; None of a probe and of a pass within training.
    """

    kind: Kind
    ratio: float
    factor_per_layer: float
    why: str
    first_nonfinite: Nonfinite | None = None
    memory_horizon: int | None = None
    axis: ChainAxis = "layers"
    layer: int = 1
    cell_memory_horizon: int | None = None
    own_losses: str = ""
    direction: str = ""
    concerns: tuple[Concern, ...] = ()
    outlook: Outlook | None = None

    def __repr__(self) -> str:
        return f"<{self.kind}: {self.why}>"


ROWS = 20  # layers of a table in a notebook, evenly spaced


@dataclass(frozen=True, repr=False, eq=False)
class Trace:
    """The result of a simulation: statistics of one forward and backward pass, with a description of its layers.

    `layers` are in the order of the forward pass; `axes` are ("layer",) or ("layer", "step"). `profile` has quantities
    (layers, steps) by name, `weights` statistics (layers,); `input_gradient_norm` is ||dL/dh_0|| (steps,). `scenario`
    is None for numbers from another program; `arrays` are all arrays of the pass by PyTorch's names, or None.
    """

    layers: tuple[LayerInfo, ...]
    axes: tuple[str, ...]
    verdict: Verdict
    loss: float
    profile: Mapping[str, Floats]
    weights: Mapping[str, Floats]
    input_gradient_norm: Floats
    scenario: Scenario | None = None
    arrays: Mapping[str, Array] | None = None

    def __post_init__(self) -> None:
        """Fill quantities of every trace that are missing with NaN."""
        shape, every = next(iter(self.profile.values())).shape, every_trace()
        if missing := [name for name in every if name not in self.profile]:
            object.__setattr__(self, "profile", {**self.profile, **{name: np.full(shape, np.nan) for name in missing}})
        if not self.weights:
            object.__setattr__(self, "weights", {"weight_norm": np.full(shape[0], np.nan)})

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.profile["gradient_rms"])

    @property
    def steps(self) -> int:
        """The number of time steps; 1 if there is no time."""
        return int(self.profile["gradient_rms"].shape[1])

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of all quantities measured, common ones first; those of weights with the prefix "weights."."""
        first = every_trace()
        more = (name for name in self.profile if name not in first)
        return *first, *more, *(f"weights.{name}" for name in self.weights)

    @property
    def step_word(self) -> str:
        """The word for a time step: "step", "token"."""
        return STEP if self.scenario is None else self.scenario.step_word

    def __getitem__(self, quantity: str) -> Floats:
        """A quantity by `axes`, or of the weights by layer; raises UserError with the nearest name."""
        if quantity in self.profile:
            values = self.profile[quantity]
            return values if "step" in self.axes else values[:, 0]
        name = quantity.removeprefix("weights.")
        if name != quantity and name in self.weights:
            return self.weights[name]
        raise UserError([unknown("quantity", quantity, self.quantities)])

    def factors(self, layer: int, step: int | None = None, axis: ChainAxis | None = None) -> Chain:
        """The chain-rule factors of a layer (from 1), and their product.

        `step` is an index from 0, -1 for the last. Of recurrent kinds the chain goes through time unless `axis` is
        "layers", and None is the last step; of others None is all steps together.
        """
        if not 1 <= layer <= self.depth:
            raise UserError([f"layer {layer}: give a layer from 1 to {self.depth}"])
        if step is not None and not -self.steps <= step < self.steps:
            raise UserError([f"step {step}: give an index from 0 to {self.steps - 1}, or -1 for the last"])
        return chain_factors(self, layer, step, axis)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with lists for arrays, as `--format json` prints them; inf and nan are floats."""
        first, timed = self.verdict.first_nonfinite, "step" in self.axes
        verdict = {name: getattr(self.verdict, name) for name in ("kind", "ratio", "factor_per_layer")}
        verdict |= {"first_nonfinite": first.to_dict() if first else None, "why": self.verdict.why}
        verdict |= {"outlook": self.verdict.outlook, "concerns": [one.to_dict() for one in self.verdict.concerns]}
        across_only = any(layer.factors for layer in self.layers) and not any(one.time_factors for one in self.layers)
        verdict |= {"memory_horizon": self.verdict.memory_horizon} if timed and not across_only else {}
        verdict |= {"cell_memory_horizon": self.verdict.cell_memory_horizon} if of_memory(self.profile) else {}
        return {
            "scenario": None if self.scenario is None else self.scenario.plain(resolved=True),
            "layers": [_layer_dict(layer) for layer in self.layers],
            "verdict": verdict,
            "profile": {name: self.profile[name].tolist() for name in self.quantities if name in self.profile},
            "weights": {name: values.tolist() for name, values in self.weights.items()},
            "loss": self.loss,
        }

    def __repr__(self) -> str:
        return f"<Trace of {self.size}: {self.verdict.kind}, {self.verdict.why}>"

    def _repr_html_(self) -> str:
        """For notebooks: the verdict, and a row for each of at most ROWS layers at the last step."""
        words = [word for word, _ in self.layers[0].factors]
        head = ("layer", "kind", "output std", "gradient rms", *(f"{word} factor" for word in words))
        rows = [f"<tr>{''.join(f'<th>{html.escape(text)}</th>' for text in head)}</tr>"]
        for index in sorted({round(i) for i in np.linspace(0, self.depth - 1, min(self.depth, ROWS))}):
            info, factors = self.layers[index], dict(self.layers[index].factors)
            names = ("activation_std", "gradient_rms", *(factors.get(word, "") for word in words))
            numbers = [format_number(float(self.profile[name][index, -1])) if name else "" for name in names]
            cells = (str(info.number), info.kind, *numbers)
            rows.append(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in cells)}</tr>")
        verdict = f"<b>{self.verdict.kind.upper()}</b>: {html.escape(self.verdict.why)}"
        return f"<p>{verdict}</p><table>{''.join(rows)}</table>"

    @property
    def size(self) -> str:
        """Layers and steps in words: "2 layers x 100 steps"."""
        depth = f"{self.depth} layer{'s' * (self.depth > 1)}"
        return f"{depth} x {self.steps} {self.step_word}s" if "step" in self.axes else depth


def step_word(*traces: Trace | None) -> str:
    """The word for a time step if all traces agree, else "step"."""
    words = {trace.step_word for trace in traces if trace is not None}
    return str(*words) if len(words) == 1 else STEP


def _layer_dict(info: LayerInfo) -> dict[str, Any]:
    """A layer as plain data; of a chain with its label as name and the shape of its output."""
    fields = asdict(info)
    label, shape = fields.pop("label"), fields.pop("shape")
    return fields | {"name": label, "shape": list(shape)} if label else fields
