"""A recurrent trace as people read it: by time step in the layer that is worst over time."""

import textwrap

import numpy as np

from ....sim.analysis.bounds import bounds
from ....sim.results.factors import chain_factors
from ....sim.results.readings import FORWARD, MATRICES, REVERSE, is_bidirectional, readings
from ....sim.results.trace import Trace
from ....sim.scenario.quantities import quantities
from ....sim.text import format_number, percent
from .page import AS_IT_IS, WITH_FIXES, columns, headings, left_out, pairs_that_fit

ROWS = 24  # more steps than that are thinned out
WHOSE = {"forward": "the forward gradient", "reverse": "the reverse gradient", "both": "both gradients together"}
PAIRS = {"gradient_rms": "gradient rms", "activation_std": "output std"}


def time_lines(trace: Trace, baseline: Trace | None, names: tuple[str, str] = (AS_IT_IS, WITH_FIXES)) -> list[str]:
    """What stands below the verdict: the memory horizon, the recurrent weights' two numbers, and the steps."""
    steps = max(t.steps for t in (trace, baseline or trace))
    chosen = sorted({round(step) for step in np.linspace(1, steps, min(steps, ROWS))})
    weights = [part for line in _weights(baseline or trace) for part in textwrap.wrap(line, columns())]
    lines = [*_memory(trace, baseline, names), *weights, ""]
    lines += _single(trace, chosen) if baseline is None else _both(baseline, trace, chosen, names)
    return lines + left_out(steps - len(chosen), steps, "steps")


def horizon(trace: Trace) -> str:
    """The memory horizon in words; of an lstm also that of its cell, which is what remembers."""
    steps, cell = trace.verdict.memory_horizon, trace.verdict.cell_memory_horizon
    if steps is None and trace.verdict.own_losses:
        return trace.verdict.own_losses
    whose = WHOSE.get(trace.verdict.direction, "the gradient")
    if all(one.of_cell is None for one in readings(trace.profile, trace.verdict.layer - 1)):
        return f"{_horizon(steps)} of {whose} is left{_where(steps)}"
    way = trace.verdict.direction.replace("both", "both directions")
    whose = f"the state's gradient{f' ({way})' if way else ''}"
    state = f"{_horizon(steps)} of {whose} is left{_where(steps)}"
    return f"{state}; {_horizon(cell)} of the cell's{_where(cell)}"


def _horizon(steps: int | None) -> str:
    return "at least 1%" if steps is None else f"after {steps} step{'s' * (steps != 1)} less than 1%"


def _where(steps: int | None) -> str:
    return " at every step" if steps is None else ""


def _memory(trace: Trace, baseline: Trace | None, names: tuple[str, str]) -> list[str]:
    named = {"memory horizon": trace}
    if baseline is not None:
        named = {f"memory horizon, {names[0]}": baseline, names[1]: trace}
    lines = [f"{name}: {horizon(one)}" for name, one in named.items()]
    return [part for line in lines for part in textwrap.wrap(line, columns(), subsequent_indent="  ")]


def _weights(trace: Trace) -> list[str]:
    """Spectral radius and spectral norm side by side, with what follows from the norm (Pascanu 2013)."""
    if "spectral_radius" not in trace.weights:
        return []
    layer, direction = trace.verdict.layer, trace.verdict.direction
    radii = {word: float(values[layer - 1]) for word, prefix in MATRICES.items()
             if (values := trace.weights.get(f"{prefix}spectral_radius")) is not None}  # fmt: skip
    chosen = direction if direction in radii else max(radii, key=lambda word: radii[word])
    radius, norm = radii[chosen], float(trace.weights[f"{MATRICES[chosen]}spectral_norm"][layer - 1])
    text = (
        f"{f'{chosen} ' * bool(direction)}recurrent weights of layer {layer}: spectral radius {format_number(radius)}, "
        f"spectral norm {format_number(norm)}"
    )
    largest_slope = trace.layers[layer - 1].largest_slope
    if largest_slope is None:
        return [text]
    ends = bounds(norm, radius, largest_slope)
    word = "must vanish" if ends.must_vanish else "may grow, and need not" if ends.may_explode else "can't grow"
    return [text, f"norm x largest slope = {format_number(ends.most)}: by that the gradient {word}"]


def _single(trace: Trace, steps: list[int]) -> list[str]:
    layer, menu = trace.verdict.layer, quantities()
    gates = [menu[name] for name in trace.profile if name in menu and menu[name].carries]
    factors = len(trace.layers[layer - 1].time_factors)
    names = [name for name, _ in chain_factors(trace, layer, -1).factors[:factors]]
    shares = ("saturated_fraction", "zero_fraction")
    both = is_bidirectional(trace.profile, layer - 1)
    rows = [
        [
            "step",
            "output",
            *(("forward", "reverse") if both else ("gradient", "gradient")),
            *names,
            "= pro-",
            *("gate" for _ in gates),
            "satu-",
            "zero",
        ],
        [
            "",
            "std",
            *(("gradient", "gradient") if both else ("rms", "left")),
            *("factor" for _ in names),
            "duct",
            *(gate.gate for gate in gates),
            "rated",
            "outputs",
        ],
    ]
    for step in steps:
        chain, at = (
            chain_factors(trace, layer, step - 1),
            {k: float(v[layer - 1, step - 1]) for k, v in trace.profile.items()},
        )
        gradients = [at[FORWARD], at[REVERSE]] if both else [at["gradient_rms"], chain.gradient_in]
        numbers = [at["activation_std"], *gradients]
        numbers += [*(value for _, value in chain.factors[:factors]), chain.layer_factor]
        numbers += [at[gate.name] for gate in gates]
        cells = ["-" if np.isnan(number) else format_number(number) for number in numbers]
        rows.append([str(step), *cells, *(percent(at[name]) for name in shares)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    while sum(widths) + len(widths) - 1 > columns():  # long numbers in every column: shares give way
        widths.pop()
        rows = [row[:-1] for row in rows]
    head = [f"by step in layer {layer} of {trace.depth}, the worst over time:"] if trace.depth > 1 else []
    return head + [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _both(baseline: Trace, fixed: Trace, steps: list[int], runs: tuple[str, str]) -> list[str]:
    """Two networks side by side; one with fewer steps leaves blanks."""
    names = (*PAIRS.values(), "step factor")[: pairs_that_fit(6, 24, 3)]
    lines = headings("step", names, runs)
    for step in steps:
        pairs = [_at(trace, name, step) for name in PAIRS for trace in (baseline, fixed)]
        pairs += [_factor(trace, step) for trace in (baseline, fixed)]
        lines.append((f"{step:>6}" + "".join(f"{text:>12}" for text in pairs[: 2 * len(names)])).rstrip())
    return lines


def _at(trace: Trace, name: str, step: int) -> str:
    return format_number(float(trace.profile[name][trace.verdict.layer - 1, step - 1])) if step <= trace.steps else ""


def _factor(trace: Trace, step: int) -> str:
    if step > trace.steps or step == 1:
        return "-" if step == 1 else ""
    return format_number(chain_factors(trace, trace.verdict.layer, step - 1, "time").layer_factor)
