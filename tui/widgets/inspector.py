"""The inspector: the chain rule multiplied out at the cursor's layer, and how that layer is doing."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from ...sim.results.factors import chain_factors
from ...sim.results.factors import through_time as through_time_of
from ...sim.results.trace import Trace
from ...sim.scenario.quantities import quantities
from ...sim.text import format_number
from ..charts.plot.grid import Row, Span
from ..terminal.glyphs import fit, glyphs
from .cells import Cells, merge, table
from .text_rows import TextRows, length
from .time_cells import BOUNDS, GRADIENTS, SHARES, UNITS, has, measured, memory, state, through_time

NAME = 13
SIZES = {"gradient rms": "gradient_rms", "activation std": "activation_std"}
STATE = SIZES | SHARES
QUANTITIES = STATE | UNITS | GRADIENTS

Numbers = Callable[[Trace | None, int], Cells]
"""From a run and a layer to the cells of a table."""


class Inspector(TextRows):
    """Two small tables, side by side where there is room: the chain of factors, and the layer's state."""

    help: ClassVar[str] = (
        "What the cursor's layer does to the gradient in the backward pass: the activation's slope times the weights "
        "(times norm and skip) is this layer's factor. 'arrives' is what the layers above leave of the last layer's "
        "gradient, 'passes on' what goes on from here. Beside it: the gradient's rms, the activation's std, the share "
        "of units that are saturated (slope below 5% of the largest) or zero, and the norm of the weights.\n"
        "Of a recurrent network it is one layer at one time step: how much of the last step's gradient is left "
        "there, and the factor of the step to the one before, through slope (or all gates) and recurrent weights and "
        "past them (a gate, the layer above, the loss); 'cell path' is what the same step leaves of the gradient of an "
        "LSTM's cell. Below: the gradient of the hidden state and of the cell, and each gate's mean and saturated "
        "share. " + BOUNDS + "\n"
        "Of a transformer it is one block at one token: the factors of MLP and attention, each with its norm and "
        "skip, and how alike the tokens are, how evenly attention looks at them, and its largest logit."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Trace | None = None
        self._with_fixes: Trace | None = None
        self._layer, self._step = 1, 1
        self._brief = self._waiting = False
        self._forward = False

    def show(self, baseline: Trace | None, with_fixes: Trace | None, layer: int, step: int = 1, brief: bool = False,
             forward: bool = False) -> None:  # fmt: skip
        """Look at one layer and step of both runs; in brief only at its chain, forward without the gradient."""
        self._waiting = baseline is None
        if baseline is not None:  # else the headings of the last run stay, without its numbers
            self._baseline, self._with_fixes = baseline, with_fixes
        self._brief = brief
        self._layer, self._step, self._forward = layer, step, forward
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """A heading and a line a run; both tables beside each other where they fit; over time a sentence below."""
        if self._baseline is None:
            return [()] * 2
        layers = max(self._baseline.depth, self._with_fixes.depth if self._with_fixes else 0)
        steps = max(self._baseline.steps, self._with_fixes.steps if self._with_fixes else 0)
        place = f" layer {self._layer}" + ("" if self._waiting else f" of {layers}")
        info = self._baseline.layers[self._layer - 1] if self._layer <= self._baseline.depth else None
        if info is not None and info.label:
            place = f" {self._layer} {info.label}"
            if steps > 1 and not info.time_factors:
                at_step = [partial(table, step=self._step) for table in (chain_columns, state_columns)]
                return self._tables(width, (place, f" step {self._step}"), at_step)
        if steps == 1:
            return self._tables(width, (place, ""), [chain_columns, state_columns])
        moment = f" step {self._step}" + ("" if self._waiting else f" of {steps}")
        if not any(through_time_of(run) for run in (self._baseline, self._with_fixes) if run is not None):
            at_step = [partial(table, step=self._step) for table in (chain_columns, state_columns)]
            return self._tables(width, (place, moment), at_step)
        of_step = [partial(table, step=self._step) for table in (through_time, state)]
        return [*self._tables(width, (moment, place if layers > 1 else ""), of_step), *self._memory(width)]

    def _tables(self, width: int, heads: tuple[str, str], tables: Sequence[Numbers]) -> list[Row]:
        """Two tables beside or below each other; in brief the first alone, if there is no room beside it."""
        two = self._with_fixes is not None
        name = max(NAME, *(len(head) + 1 for head in heads))
        dashes = self._forward or self._waiting
        upper, lower = (
            table(
                merge(of(self._baseline, self._layer), of(self._with_fixes, self._layer)), two, width - name, keep, hide
            )
            for of, keep, hide in zip(tables, (1, 0), (lambda _: dashes, self._hidden), strict=True)
        )
        first = self._named(heads[0], upper, name)
        bars = [f"  {glyphs().bar}{head} " for head in (heads[1], *[" " * len(heads[1])] * (len(first) - 1))]
        if length(first[0]) + length(lower[0]) + len(bars[0]) + 2 <= width:
            return [(*row, (bar, "label"), *more) for row, bar, more in zip(first, bars, lower, strict=True)]
        return first if self._brief else first + self._named(heads[1], lower, name)

    def _hidden(self, heading: str) -> bool:
        """Whether a number is not known yet: what the backward pass measures, in the forward pass."""
        return self._waiting or (self._forward and _phase(heading) == "backward")

    def _named(self, head: str, rows: list[Row], width: int) -> list[Row]:
        """A table with a heading and the names of the runs before it."""
        names = ((head, "title"), (" as it is", "baseline"), (" with fixes", "fixed"))
        return [((text.ljust(width), role), *row) for (text, role), row in zip(names, rows, strict=False)]

    def _memory(self, width: int) -> list[Row]:
        """How far memory reaches, of both runs in one line if they fit."""
        runs = [(run, role, name) for run, role, name in ((self._baseline, "baseline", "as it is: "),
                                                          (self._with_fixes, "fixed", "with fixes: "))
                if run is not None and self._layer <= run.depth and run.steps > 1]  # fmt: skip
        parts = [(name if self._with_fixes else "", role, memory(run, self._layer)) for run, role, name in runs]
        row: list[Span] = [(" ", "")]
        for i, (name, role, words) in enumerate(parts):
            row += [("; " if i else "", ""), (name, role), (words, "")]
        rows: list[Row] = [tuple(row)]
        if length(row) > width:
            rows = [((" ", ""), (name, role), (fit(words, width - len(name) - 1), "")) for name, role, words in parts]
        return [((" ", ""),)] * len(rows) if self._forward or self._waiting else rows


def _phase(heading: str) -> str:
    """The pass that makes a number of the state known, "" of one that needs none."""
    return quantities()[QUANTITIES[heading]].phase if heading in QUANTITIES else ""


def chain_columns(trace: Trace | None, layer: int, step: int = 1) -> Cells:
    """By heading, what stands before a number and the number: 3.1e-09 arrives, 0.21 x 1.01 = 0.212, 7e-10 goes on."""
    if trace is None or not has(trace, layer, step):
        return {}
    chain = chain_factors(trace, layer, step - 1, "layers")
    times = glyphs().times
    finite = math.isfinite(chain.gradient_out) or not trace.profile["gradient_norm"][-1, step - 1]
    finite |= bool(trace.layers[layer - 1].label)  # a layer of a chain may have no numbers at a step
    known = partial(_known, finite)
    cells = {"arrives": (" ", known(chain.gradient_in))}
    cells |= {name: (times if i else " ", known(value)) for i, (name, value) in enumerate(chain.factors)}
    return cells | {"this layer": ("=", known(chain.layer_factor, 3)), "passes on": (" ", known(chain.gradient_out))}


def _known(finite: bool, value: float, digits: int = 2) -> str:
    """A number, or a dash where it is 0/0 of a finite gradient: nothing arrives, or nothing goes through a branch."""
    return glyphs().dash if finite and math.isnan(value) else format_number(value, digits)


def state_columns(trace: Trace | None, layer: int, step: int = 1) -> Cells:
    """By heading, the numbers that say how a layer is doing."""
    if trace is None or not has(trace, layer, step):
        return {}
    at = {name: float(values[layer - 1, step - 1]) for name, values in trace.profile.items()}
    if trace.layers[layer - 1].label:  # a layer of a chain has not all that others have
        at = {name: value for name, value in at.items() if not math.isnan(value)}
    own = {quantities()[name].heading: name for name in at if name in quantities() and quantities()[name].heading}
    cells = measured(at, {head: name for head, name in (SIZES | own | SHARES).items() if name in at})
    norms = trace.weights.get("weight_norm")
    if norms is None or (trace.layers[layer - 1].label and math.isnan(norms[layer - 1])):
        return cells  # several matrices, each with its own, or none
    return cells | {"|W|": (" ", format_number(float(norms[layer - 1])))}
