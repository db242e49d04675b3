"""The inspector: the chain rule multiplied out at the cursor's layer, and how that layer is doing."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from ...sim.chain import Chain, links
from ...sim.numbers import percent, short
from ...sim.trace import Trace
from ..charts.drawing import Row, Run
from ..glyphs import glyphs
from .lines import Lines, length

NAME = 13
GAP = "   "


@dataclass(frozen=True)
class Column:
    """One number of both runs under its heading; `before` stands in front of it ("x", "=")."""

    heading: str
    before: str
    baseline: str
    fixed: str

    @property
    def width(self) -> int:
        """Columns of the widest of its three texts, with what stands before."""
        return len(self.before) + 1 + max(map(len, (self.heading, self.baseline, self.fixed)))

    def unknown(self) -> "Column":
        """The column, as wide as it is, with a dash for either number."""
        dash = glyphs().dash
        pair = {"baseline": dash.rjust(len(self.baseline)), "fixed": dash.rjust(len(self.fixed))}
        return replace(self, before=" " * len(self.before), **pair)

    def cells(self) -> tuple[str, str, str]:
        """Heading, as it is and with fixes, all equally wide."""
        width = self.width - len(self.before) - 1
        blank = " " * len(self.before)
        return (f"{blank} {self.heading:>{width}}", f"{self.before} {self.baseline:>{width}}",
                f"{blank if self.fixed == glyphs().dash else self.before} {self.fixed:>{width}}")  # fmt: skip


class Inspector(Lines):
    """Two small tables, side by side where there is room: the chain of factors, and the layer's state."""

    help: ClassVar[str] = (
        "What the cursor's layer does to the gradient on its way back: the activation's slope times the weights "
        "(times norm and skip) is this layer's factor. 'arrives' is what the layers above leave of the last layer's "
        "gradient, 'passes on' what goes on from here. Beside it: the gradient's rms, the activation's std, the share "
        "of units that are saturated (slope below 5% of the largest) or zero, and the norm of the weights."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Trace | None = None
        self._fixed: Trace | None = None
        self._layer = 1
        self._brief = False
        self._forward = False

    def show(self, baseline: Trace | None, fixed: Trace | None, layer: int, brief: bool = False,
             forward: bool = False) -> None:  # fmt: skip
        """Look at one layer of both runs; in brief only at its chain of factors, forward without the gradient."""
        self._baseline, self._fixed, self._layer, self._brief = baseline, fixed, layer, brief
        self._forward = forward
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Three lines where both tables fit beside each other, else six."""
        if self._baseline is None:
            return [()] * 3
        chain, state = self._table(chain_columns), self._table(state_columns)
        head = f" layer {self._layer} of {max(self._baseline.depth, self._fixed.depth if self._fixed else 0)}"
        role = "fixed" if self._fixed else "label"
        names: list[Run] = [(head, "title"), (" as it is", "baseline"), (" with fixes", role)]
        name = max(NAME, len(head) + 1)
        first = [((text.ljust(name), role), *row) for (text, role), row in zip(names, chain, strict=True)]
        if length(first[0]) + length(state[0]) + 6 <= width:
            bar = f"  {glyphs().bar} "
            return [(*row, (bar, "label"), *more) for row, more in zip(first, state, strict=True)]
        if self._brief:
            return first
        blank: list[Run] = [("", ""), names[1], names[2]]
        return first + [((text.ljust(name), role), *row) for (text, role), row in zip(blank, state, strict=True)]

    def _table(self, columns_of: "Callable[[Trace | None, int], Cells]") -> list[Row]:
        assert self._baseline is not None
        columns = merge(columns_of(self._baseline, self._layer), columns_of(self._fixed, self._layer))
        if self._forward:  # what only the gradient's way back tells is not known yet
            columns = [c.unknown() if columns_of is chain_columns or "gradient" in c.heading else c for c in columns]
        cells = [column.cells() for column in columns]
        roles = ("label", "", "" if self._fixed else "label")
        return [tuple((cell[i] + " ", role) for cell in cells) for i, role in enumerate(roles)]


Cells = dict[str, tuple[str, str]]


def chain_columns(trace: Trace | None, layer: int) -> Cells:
    """By heading, what stands before a number and the number: 3.1e-09 arrives, 0.21 x 1.01 = 0.212, 7e-10 goes on."""
    if trace is None or layer > trace.depth:
        return {}
    chain = links(trace, layer)
    times = glyphs().times
    cells = {"arrives": (" ", short(chain.arrives))}
    cells |= {name: (times if i else " ", _known(chain, value)) for i, (name, value) in enumerate(chain.factors)}
    return cells | {"this layer": ("=", _known(chain, chain.layer_factor, 3)), "passes on": (" ", short(chain.so_far))}


def _known(chain: Chain, value: float, digits: int = 2) -> str:
    """A factor, or a dash where it is 0/0: nothing arrives, or nothing goes through the branch beside a skip."""
    of_nothing = math.isnan(value) and math.isfinite(chain.so_far)
    return glyphs().dash if of_nothing else short(value, digits)


def state_columns(trace: Trace | None, layer: int) -> Cells:
    """By heading, the numbers that say how a layer is doing."""
    if trace is None or layer > trace.depth:
        return {}
    at = {name: float(values[layer - 1, -1]) for name, values in trace.profile.items()}
    return {
        "gradient rms": (" ", short(at["gradient_rms"])),
        "activation std": (" ", short(at["activation_std"])),
        "saturated": (" ", percent(at["saturated_fraction"])),
        "zero": (" ", percent(at["zero_fraction"])),
        "|W|": (" ", short(float(trace.weights["weight_norm"][layer - 1]))),
    }


def merge(baseline: Cells, fixed: Cells) -> list[Column]:
    """Columns for all headings of both runs, in the order of the one that has more."""
    order = list(baseline if len(baseline) >= len(fixed) else fixed)
    order += [heading for heading in baseline if heading not in order]
    none = (" ", "")
    dash = glyphs().dash
    return [
        Column(heading, (baseline.get(heading) or fixed.get(heading, none))[0],
               baseline[heading][1] if heading in baseline else dash,
               fixed[heading][1] if heading in fixed else dash)
        for heading in order
    ]  # fmt: skip
