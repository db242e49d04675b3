"""A trace as people read it: the verdict first, then a table or a chart, at most 80 columns wide."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ....sim.errors import printable
from ....sim.results.factors import Chain, chain_factors, through_time, together
from ....sim.results.trace import Trace
from ....sim.scenario.fixing import remedies
from ....sim.scenario.kind_keys import declared_words
from ....sim.scenario.quantities import quantities
from ....sim.scenario.scenario import Scenario
from ....sim.text import format_number, percent
from ....sim.training.symptoms import pass_symptoms
from ...charts.catalog import DEFAULT
from ...charts.plot.ansi import to_text
from ...charts.plot.profile import ProfilePicture
from ...state.doubts import doubts
from ...terminal.glyphs import has_braille
from ..process.output import colourful
from .page import AS_IT_IS, WITH_FIXES, chart_size, columns, headings, left_out, pairs_that_fit
from .time_table import time_lines

Names = tuple[str, str]
NAMES = (AS_IT_IS, WITH_FIXES)
TRIES = 4  # fixes that are named
ROWS = 40  # more layers than that are thinned out
LONGEST_NAME = 16  # characters of a layer's name
PAIRS = {"gradient_rms": "gradient rms", "activation_std": "activation std"}


def to_table(trace: Trace, baseline: Trace | None, names: Names = NAMES, more: Sequence[str] = ()) -> str:
    """Verdict and layers, evenly spaced if there are many; where there is a baseline, both networks side by side.

    `names` are those of the two, `more` are lines to follow the verdict.
    """
    if baseline is None and any(info.label for info in trace.layers):
        layers = _spaced(trace.depth)
        lines = left_out(trace.depth - len(layers), trace.depth, "layers")
        timed = time_lines(trace, None) if trace.verdict.axis == "time" else []
        below = [*_worth_a_try(trace), *timed, "", *_single(trace, layers), *lines]
        return "\n".join([*_heading(trace, None, NAMES), *more, *below]) + "\n"
    head = [*_heading(trace, baseline, names), *more, *([] if _others(names) else _worth_a_try(trace))]
    over_time = [through_time(t) for t in (trace, baseline or trace)]
    if all(over_time) if _others(names) else any(over_time):  # a fix may bring time in, and its run is told by it
        return "\n".join([*head, *time_lines(trace, baseline, short(names))]) + "\n"
    depth = max(t.depth for t in (trace, baseline or trace))
    layers = _spaced(depth)
    lines = _single(trace, layers) if baseline is None else _both(baseline, trace, layers, short(names))
    lines += left_out(depth - len(layers), depth, "layers")
    return "\n".join([*head, "", *lines]) + "\n"


def _others(names: Names) -> bool:
    """Whether two scenarios are compared, not one with its fixes."""
    return names[0] != AS_IT_IS


def _worth_a_try(trace: Trace) -> list[str]:
    """The first fixes against what is wrong with a pass; only a run tells whether one is enough."""
    if trace.scenario is None:
        return []
    names = remedies(trace.scenario, pass_symptoms(trace.scenario, trace.verdict))[:TRIES]
    text = "worth a try: " + ", ".join(f"--fix\0{name}" for name in names)
    wrapped = textwrap.wrap(text, columns(), subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace("\0", " ") for line in wrapped] if names else []


def to_plot(trace: Trace, baseline: Trace | None, names: Names = NAMES, more: Sequence[str] = ()) -> str:
    """Verdict and chart of the gradient at the size of the terminal (80x24 without one)."""
    width, lines = chart_size()
    above = [*_heading(trace, baseline, names, width), *more]
    first, second = (trace, None) if baseline is None else (baseline, trace)
    own, label = short(names)
    picture = ProfilePicture(DEFAULT, first, second, own=own, label=label)
    if through_time(first):
        picture = replace(picture, axis="step", at=first.verdict.layer)
    height = max(5, min(lines - len(above) - 2, 50))
    drawing = picture.draw(width, height, braille=has_braille())
    return "\n".join([*above, "", to_text(drawing, colourful())]) + "\n"


def heading(trace: Trace) -> list[str]:
    """The verdict in a sentence, and what was simulated."""
    return _heading(trace, None, NAMES)


def scenario_lines(scenario: Scenario, steps: int, width: int, more: Sequence[str] = ()) -> list[str]:
    """What is simulated, in one sentence."""
    if not scenario.network.by_key:
        return _chain_lines(scenario, steps, width, more)
    network = scenario.network
    at = " on the output" if scenario.output_norm else ""
    extras = [f"{c.name} norm{at}" for c in (network.norm,) if scenario.has_norm]
    extras += [f"{c.name} skip" for c in (network.skip,) if scenario.has_skip]
    parts = [f"{network.kind} {network.depth} x {network.width}", str(network.activation), str(network.init)]
    if scenario.reads_sequence:
        parts[0] += f" over {steps} {scenario.step_word}{'s' * (steps > 1)}"
    if scenario.reads_image and scenario.data.file is None:
        parts[0] += " on {} x {}".format(*scenario.image)
    parts += declared_words(network, format_number)
    if scenario.has_state:
        parts += [f"truncated after {scenario.time.truncate}"] if scenario.time.truncate else []
    parts += [*extras, *more, scenario.precision.format, f"seed {scenario.seed}"]
    return textwrap.wrap(printable(f"{' '.join(scenario.title.split())}: {', '.join(parts)}"), width)


def _chain_lines(scenario: Scenario, steps: int, width: int, more: Sequence[str]) -> list[str]:
    """A chain in one sentence: its entries."""
    over = [f"over {steps} {scenario.step_word}{'s' * (steps > 1)}"] if scenario.reads_sequence else []
    entries = " > ".join(entry.description for entry in scenario.network.entries)
    parts = [scenario.size_words, *over, entries, *more, scenario.precision.format, f"seed {scenario.seed}"]
    return textwrap.wrap(printable(f"{' '.join(scenario.title.split())}: {', '.join(parts)}"), width)


def short(names: Names) -> Names:
    """Names as they stand above columns: of fixes just that there are some."""
    return names if _others(names) else NAMES


def _heading(trace: Trace, baseline: Trace | None, names: Names, width: int = 0) -> list[str]:
    """The verdict in a sentence, and what was simulated."""
    width = width or columns()
    first = baseline or trace
    of = [first.size] if first.scenario is None else scenario_lines(first.scenario, first.steps, width)
    if baseline is None:
        return [*_verdict("", trace, width), *of]
    if trace.scenario is not None and _others(names):  # another scenario, which is not told by its fixes
        of = [*of, *scenario_lines(trace.scenario, trace.steps, width)]
    verdicts = [line for name, one in zip(names, (baseline, trace), strict=True)
                for line in _verdict(f"{name} - ", one, width)]  # fmt: skip
    return [*verdicts, *of]


def _verdict(name: str, trace: Trace, width: int) -> list[str]:
    word = f"{trace.verdict.kind.upper()}{' (borderline)' if doubts(trace.verdict).borderline else ''}"
    text = f"{name}{word}: {trace.verdict.why}"
    return textwrap.wrap(printable(text), width, subsequent_indent="  ")


def _spaced(depth: int) -> list[int]:
    """All layers, or evenly spaced ones with the first and the last."""
    return sorted({round(layer) for layer in np.linspace(1, depth, min(depth, ROWS))})


def _single(trace: Trace, layers: list[int]) -> list[str]:
    """One network: the signal, the gradient and the factors that make it."""
    chains = {layer: chain_factors(trace, layer, axis="layers") for layer in layers}
    named = list(dict.fromkeys(name for chain in chains.values() for name, _ in chain.factors))
    whole = (["layer"], ["factor"]) if trace.layers[0].label else ([], [])  # of different layers it is what all have
    product = ([], []) if trace.layers[0].label else (["= pro-"], ["duct"])
    rows = [
        ["layer", "output", "gradient", "gradient", *whole[0], *named, *product[0], "satu-", "zero"],
        ["", "std", "rms", "left", *whole[1], *("factor" for _ in named), *product[1], "rated", "outputs"],
    ]
    for layer in layers:
        chain = chains[layer]
        factors = dict(chain.factors)
        known = [_known(chain, factors[name]) if name in factors else "-" for name in named]
        known.insert(0 if whole[0] else len(known), _known(chain, chain.layer_factor))
        shares = [_share(trace, name, layer) for name in ("saturated_fraction", "zero_fraction")]
        signal = [_value(trace, name, layer) for name in ("activation_std", "gradient_rms")]
        rows.append([_row_name(trace, layer), *signal, format_number(chain.gradient_in), *known, *shares])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    while sum(widths) + len(widths) - 1 > columns():  # numbers like 1.2e-131 in every column: shares give way
        widths.pop()
        rows = [row[:-1] for row in rows]
    return [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _share(trace: Trace, name: str, layer: int) -> str:
    """A share, or a dash where a layer that works has nothing to take it of, as a block without an MLP."""
    share = _at(trace, name, layer)
    return "-" if np.isnan(share) and np.isfinite(_at(trace, "activation_rms", layer)) else percent(share)


def _row_name(trace: Trace, layer: int) -> str:
    """Its number, and in a chain its name."""
    label = trace.layers[layer - 1].label
    return f"{label[:LONGEST_NAME]} {layer}" if label else str(layer)


def _known(chain: Chain, value: float) -> str:
    """A factor, or a dash where it is 0/0: nothing arrives, or nothing goes through the branch beside a skip."""
    of_nothing = np.isnan(value) and np.isfinite(chain.gradient_out)
    return "-" if chain.gradient_in == 0 or of_nothing else format_number(value)


def _both(baseline: Trace, fixed: Trace, layers: list[int], runs: Names) -> list[str]:
    """Two networks side by side; one with fewer layers leaves blanks."""
    names = (*PAIRS.values(), "layer factor")[: pairs_that_fit(6, 24, 3)]
    lines = headings("layer", names, runs)
    for layer in layers:
        pairs = [_value(trace, name, layer) for name in PAIRS for trace in (baseline, fixed)]
        pairs += [
            format_number(chain_factors(t, layer).layer_factor) if layer <= t.depth else "" for t in (baseline, fixed)
        ]
        lines.append((f"{layer:>6}" + "".join(f"{text:>12}" for text in pairs[: 2 * len(names)])).rstrip())
    return lines


def _at(trace: Trace, name: str, layer: int) -> float:
    """A quantity of a layer, of all steps together; of a chain, where some have but the last step, at that."""
    if trace.layers[0].label:
        return float(trace.profile[name][layer - 1, -1])
    values, rms = trace.profile[name][layer - 1 : layer], quantities()[name].log
    return float(together(values)[0] if rms else values.mean())


def _value(trace: Trace, name: str, layer: int) -> str:
    return format_number(_at(trace, name, layer)) if layer <= trace.depth else ""
