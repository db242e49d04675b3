"""The rows of a table of updates: evenly spaced ones, and those in which something happened."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ....sim.numerics.arrays import Floats
from ....sim.text import format_number, percent
from ....sim.training.history import History, update_ratio
from ....sim.training.run import Run
from . import page

ROWS = 20
BEFORE = 3  # updates that are shown one by one before the first number that is not finite
LEAST = 3  # columns that stay, however narrow
HEALTHY = 1e-3  # size of an update over size of the weights
HEADS = {
    "update": "", "loss": "", "accuracy": "", "gradient": "norm", "clipped": "to", "update /": "weight",
    "worst": "layer", "": "",
}  # fmt: skip
NOTES = {
    "skipped": "skipped", "bad_parameters": "parameters NaN", "bad_clipped": "gradient not finite",
    "bad_gradients": "gradient not finite", "bad_activations": "pass not finite",
}  # fmt: skip
PAIRS = ("loss", "gradient norm", "update / weight")


def chosen(runs: Sequence[Run]) -> list[int]:
    """Updates worth a row: even ones as long as there are parameters, first clips and skips, peaks, what broke."""
    alive = max(_alive(run.history) for run in runs)
    updates = {round(i) for i in np.linspace(0, alive - 1, min(alive, ROWS))}
    for run in runs:
        numbers = run.history.numbers
        updates |= {event.iteration for event in run.failure_events} | {len(run) - 1}
        if run.first_nonfinite and (broke := run.first_nonfinite.iteration) is not None:
            updates |= set(range(max(broke - BEFORE, 0), broke))
        updates |= {int(np.argmax(numbers[name])) for name in ("clipped", "skipped")}
        updates |= {_peak(numbers[name]) for name in ("loss", "gradient_norm")}
    return sorted(updates)


def _alive(history: History) -> int:
    """Updates up to the one after which parameters are NaN, and never recover."""
    good = np.flatnonzero(history.numbers["bad_parameters"] == 0)
    return min(int(good[-1]) + 2, len(history)) if good.size else 1


def _peak(values: Floats) -> int:
    """The update with the largest finite value."""
    return int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))


def ratios_of(history: History, i: int) -> Floats:
    """Size of one update over size of the parameters, by layer; without those of all other updates."""
    return update_ratio({name: table[i] for name, table in history.layers.items()})


def without_parameters(history: History, i: int) -> NDArray[np.bool_]:
    """Which layers had nothing to learn: an update of 0 in no parameters."""
    nothing: NDArray[np.bool_] = np.isnan(history.layers["parameter_norm"][i]) & (history.layers["update_norm"][i] == 0)
    return nothing


def worst(ratios: Floats, bare: NDArray[np.bool_] | None = None) -> int:
    """The layer (from 0) whose update is farthest from healthy, in decades; not finite is the farthest, then 0.

    `bare` are layers that have no parameters.
    """
    with np.errstate(all="ignore"):
        far = np.abs(np.log10(ratios / HEALTHY))
    far[~np.isfinite(ratios)] = np.inf
    far[ratios == 0] = np.finfo(np.float64).max
    if bare is not None:
        far[bare] = -1.0
    return int(np.argmax(far))


def single(run: Run) -> list[str]:
    """One run; columns that would be empty are left out."""
    rows = [list(HEADS), list(HEADS.values()), *(_row(run.history, i) for i in chosen([run]))]
    columns = [column for column in zip(*rows, strict=True) if any(column[2:])]
    padded = [_padded(column) for column in columns]
    while len(padded) > LEAST and sum(len(column[0]) + 2 for column in padded) - 2 > page.columns():
        del padded[-2 if not rows[0][-1] and any(row[-1] for row in rows) else -1]  # the notes say most
    return ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]


def _row(history: History, i: int) -> list[str]:
    numbers = {name: float(column[i]) for name, column in history.numbers.items()}
    ratios = ratios_of(history, i)
    layer = worst(ratios, without_parameters(history, i))
    known = np.isfinite(numbers["accuracy"]) and np.isfinite(numbers["loss"])
    return [
        str(i),
        format_number(numbers["loss"]),
        percent(numbers["accuracy"]) if known else "",
        format_number(numbers["gradient_norm"]),
        format_number(numbers["clipped_norm"]) if numbers["clipped"] else "",
        format_number(float(ratios[layer])),
        str(layer + 1),
        next((word for name, word in NOTES.items() if numbers[name] > 0), ""),
    ]


def _padded(column: Sequence[str]) -> list[str]:
    """Cells of equal width: numbers end in the same place, the notes, which have no head, begin there."""
    width = max(map(len, column))
    return [cell.rjust(width) if column[0] else cell.ljust(width) for cell in column]


def both(baseline: Run, fixed: Run) -> list[str]:
    """Two runs side by side; one that has fewer updates leaves blanks."""
    runs = (baseline, fixed)
    names = PAIRS[: page.pairs_that_fit(6, 24, len(PAIRS))]
    lines = page.headings("update", names, (page.AS_IT_IS, page.WITH_FIXES))
    for i in chosen(runs):
        cells = [_cell(run, i, name) for name in names for run in runs]
        lines.append((f"{i:>6}" + "".join(f"{text:>12}" for text in cells)).rstrip())
    if any(run.history.numbers["clipped"].any() for run in runs):
        lines.append("* clipped")
    return lines


def _cell(run: Run, i: int, name: str) -> str:
    if i >= len(run):
        return ""
    numbers = run.history.numbers
    if name == "loss":
        return format_number(float(numbers["loss"][i]))
    if name == "gradient norm":
        return ("*" if numbers["clipped"][i] else "") + format_number(float(numbers["gradient_norm"][i]))
    ratios = ratios_of(run.history, i)
    return format_number(float(ratios[worst(ratios, without_parameters(run.history, i))]))
