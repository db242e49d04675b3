"""The inspector: the chain rule multiplied out at the cursor's layer, and how that layer is doing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from ...sim.results.factors import through_time as through_time_of
from ...sim.results.trace import Trace, step_word
from ..charts.plot.grid import Row, Span
from ..charts.plot.legend import NAMES
from ..charts.plot.rule import ruled
from ..terminal.glyphs import fit, glyphs, has_braille
from .cells import Cells, Column, beside, fitting, merge, table
from .layer_cells import chain_columns, phase_of, state_columns
from .text_rows import TextRows, length
from .time_cells import BOUNDS, memory, state, through_time

NAME = 13
FEW, SOME, ALL = 3, 6, 99  # rows: of one table, of two, and with a sentence of each run

Numbers = Callable[[Trace | None, int, int, bool], Cells]
"""From a run, a layer and a step to the cells of a table; in brief where all have no room."""
Product = Callable[[Trace | None, int, int, bool], Cells]
"""The same of a product of factors, or in brief of the one factor that they make."""
Way = tuple[str, list[Column]]
"""Where one is, and a product."""


class Inspector(TextRows):
    """One table: the chain of factors multiplied out, and how the layer is doing; what has no room stands below."""

    help: ClassVar[str] = (
        "What the cursor's layer does to the gradient in the backward pass: the activation's slope times the weights "
        "(times norm and skip) is this layer's factor. 'arrives' is what the layers above leave of the last layer's "
        "gradient; times the factors it is what 'passes on', and it takes as many digits as that needs. Beside it: the "
        "share of units that are saturated (slope below 5% of the largest) or zero, the activation's std, the "
        "gradient's own rms (dL/dh), and the norm of the weights.\n"
        "Of a recurrent network it is one layer at one time step: how much of the last step's gradient is left "
        "there, and the factor of the step to the one before, through slope (or all gates) and recurrent weights and "
        "past them (a gate, the layer above, the loss); 'cell path' is what the same step leaves of the gradient of an "
        "LSTM's cell. Below: the gradient of the hidden state and of the cell, and each gate's mean and saturated "
        "share. " + BOUNDS + "\n"
        "Of a transformer it is one block at one token: the factors of MLP and attention, each with its norm and "
        "skip, and how alike the tokens are, how evenly attention looks at them, and its largest logit.\n"
        "i opens the layer: what each of its operations makes and does to the gradient, and its parameters."
    )

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._baseline: Trace | None = None
        self._with_fixes: Trace | None = None
        self._layer, self._step = 1, 1
        self._waiting = False
        self._most = ALL
        self._forward = False
        self._called = NAMES[0]

    def show(self, baseline: Trace | None, with_fixes: Trace | None, layer: int, step: int = 1, most: int = ALL,
             forward: bool = False, called: tuple[str, str] = NAMES[0]) -> None:  # fmt: skip
        """Look at one layer and step of both runs, in at most so many rows; forward without the gradient."""
        self._waiting = baseline is None
        if baseline is not None:  # else the headings of the last run stay, without its numbers
            self._baseline, self._with_fixes = baseline, with_fixes
        self._most, self._called = most, called
        self._layer, self._step, self._forward = layer, step, forward
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """Headings on a rule and a line a run; what has no room beside it stands below; over time a sentence.

        There are three at least, as many of one run as of two, so that nothing moves when a fix is switched.
        """
        rows = self._filled(width) if self._baseline is not None else []
        return [*rows, *[()] * (FEW - len(rows))]

    def _filled(self, width: int) -> list[Row]:
        assert self._baseline is not None
        runs = [run for run in (self._baseline, self._with_fixes) if run is not None]
        layers, steps = max(run.depth for run in runs), max(run.steps for run in runs)
        own = self._place(self._baseline)[0]
        info = self._baseline.layers[own - 1] if 1 <= own <= self._baseline.depth else None
        named = info is not None and info.label
        place = (
            f"{self._layer} {info.label}" if info is not None and named else f"layer {self._of(self._layer, layers)}"
        )
        if steps == 1:
            return self._tables(width, place, chain_columns, state_columns)
        word = step_word(*runs)
        moment = f"{word} {self._step}" if named else f"{word} {self._of(self._step, steps)}"
        over_time = any(map(through_time_of, runs)) and not (info is not None and named and not info.time_factors)
        if not over_time:
            return self._tables(width, f"{place}, {moment}", chain_columns, state_columns)
        memory = self._memory(width)
        taken = length(memory[0]) + 1 if self._most == FEW and not self._with_fixes else 0
        rows = self._tables(width, f"{moment}, {place}" if layers > 1 else moment, through_time, state, taken)
        if not self._with_fixes and self._most < ALL:
            more = rows[2][1:]
            beside_it = [(*memory[0], ("  ", ""), *more) if more else memory[0]]
            rows = [*rows[:2], *(beside_it if taken else [memory[0], *rows[2:]])]
        elif len(rows) + len(memory) <= self._most:
            rows = [*rows, *memory]
        return rows if self._most == ALL else [*rows, *[()] * (self._most - len(rows))]

    def _of(self, number: int, count: int) -> str:
        """A place of so many, which is not known while one waits; what stands beside it stays where it is."""
        text = f"{number} of {count}"
        return str(number).ljust(len(text)) if self._waiting else text

    def _tables(self, width: int, head: str, product_of: Product, state_of: Numbers,
                taken: int = 0) -> list[Row]:  # fmt: skip
        """The product, in brief if it has no room, and beside it what else there is room for; the rest below.

        Below so many columns are `taken`.
        """
        two = self._with_fixes is not None
        both = [run for run in (self._baseline, self._with_fixes) if run is not None]
        layers, steps = max(run.depth for run in both), max(run.steps for run in both)
        runs = [(run, *self._place(run)) for run in (self._baseline, self._with_fixes)]
        called = tuple(map(self._name_of, self._called, (self._baseline, self._with_fixes)))
        whole, brief = (merge(*(product_of(*run, in_brief) for run in runs)) for in_brief in (False, True))
        more, dense = (merge(*(state_of(*run, in_brief) for run in runs)) for in_brief in (False, True))
        first = dense[:1] if self._most == FEW and dense != more else []
        short = re.sub(r" of \d+", "", head)
        narrow = [replace(column, heading=column.heading.split()[0]) if column.before == glyphs().times else column
                  for column in whole]  # fmt: skip
        ways = [(head, whole), (short, whole), (short, narrow), (head, brief), (short, brief)]
        head, chain = _first_fitting(ways, first, lambda head: width - _name(head, called))
        names, name = (f"  {head} ", *called), _name(head, called)
        room = width - name
        dashes = self._forward or self._waiting
        rows = table(chain, two, lambda _: dashes)
        left = room - length(rows[0])
        if first and fitting(more, left) < len(more):
            more = dense
        count = fitting(more, left)
        rows = self._named(names, [(*row, *beside) for row, beside in
                                   zip(rows, table(more[:count], two, self._hidden), strict=True)], name)  # fmt: skip
        rows = [ruled(rows[0], width, has_braille()), *rows[1:]]
        for i, (run, layer, step) in enumerate(runs, 1):
            if run is not None and min(layer, step) < 1 and i < len(rows) and not self._waiting:
                rows[i] = (rows[i][0], (fit(_beside_it(run, layers, steps), width - name), "label"))
        below = more[count:]
        if not two:  # in the row that a second run would have
            return [*rows, beside(below, width - taken, self._hidden)]
        below = below[: fitting(below, room)]
        if not below or self._most == FEW:
            return rows
        return [*rows, *self._named(("", *names[1:]), table(below, two, self._hidden), name)]

    def _place(self, run: Trace | None) -> tuple[int, int]:
        """The layer and the step of a run that stand at the cursor: a shorter one ends where the other does."""
        if run is None or self._baseline is None:
            return self._layer, self._step
        runs = [one for one in (self._baseline, self._with_fixes) if one is not None]
        return (self._layer - max(one.depth for one in runs) + run.depth,
                self._step - max(one.steps for one in runs) + run.steps)  # fmt: skip

    def _name_of(self, name: str, run: Trace | None) -> str:
        """What a run is called, with its own number of a layer or step that has another."""
        layer, step = self._place(run)
        apart = f"layer {layer}" if layer != self._layer else f"{step_word(run)} {step}" if step != self._step else ""
        return f" {name}, {apart}" if apart and min(layer, step) >= 1 else f" {name}"

    def _hidden(self, heading: str) -> bool:
        """Whether a number is not known yet: what the backward pass measures, in the forward pass."""
        return self._waiting or (self._forward and phase_of(heading) == "backward")

    def _named(self, names: tuple[str, ...], rows: list[Row], width: int) -> list[Row]:
        """A table with a heading and the names of the runs before it."""
        roles = ("title", "baseline", "fixed")
        return [((text.ljust(width), role), *row) for text, role, row in zip(names, roles, rows, strict=False)]

    def _memory(self, width: int) -> list[Row]:
        """How far memory reaches, of both runs in one line if they fit."""
        runs = [(run, role, name) for run, role, name in ((self._baseline, "baseline", f"{self._called[0]}: "),
                                                          (self._with_fixes, "fixed", f"{self._called[1]}: "))
                if run is not None and self._layer <= run.depth and run.steps > 1]  # fmt: skip
        parts = [(name if self._with_fixes else "", role, memory(run, self._layer)) for run, role, name in runs]
        row: list[Span] = [(" ", "")]
        for i, (name, role, words) in enumerate(parts):
            row += [("; " if i else "", ""), (name, role), (words, "")]
        rows: list[Row] = [tuple(row)]
        if length(row) > width:
            rows = [((" ", ""), (name, role), (fit(words, width - len(name) - 1), "")) for name, role, words in parts]
        return [((" ", ""),)] * len(rows) if self._forward or self._waiting else rows


def _name(head: str, called: Sequence[str]) -> int:
    """The columns of what stands before a table."""
    return max(NAME, len(head) + 3, *map(len, called))


def _first_fitting(ways: Sequence[Way], first: list[Column], room: Callable[[str], int]) -> Way:
    """The first heading with a product for which there is room, if possible with these columns beside it."""
    for wanted in (first, []):
        for head, chain in ways:
            if fitting([*chain, *wanted], room(head)) == len(chain) + len(wanted):
                return head, chain
    return ways[-1]


def _beside_it(run: Trace, layers: int, steps: int) -> str:
    """Where a run with fewer layers or steps stands, if not at the cursor."""
    own, most, word = (run.depth, layers, "layers") if run.depth < layers else (run.steps, steps, "steps")
    places = f"are at {most - own + 1} to {most}" if own > 1 else f"is at {most}"
    return f"not here: its {own} {word if own > 1 else word[:-1]} {places}, all end at the loss"
