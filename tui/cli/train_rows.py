"""The rows of a table of updates: evenly spaced ones, and those in which something happened."""

from collections.abc import Sequence

import numpy as np

from ...sim.history import Floats, History
from ...sim.numbers import percent, short
from ...sim.training_run import Run

ROWS = 20
HEALTHY = 1e-3  # size of an update over size of the weights
PAIRS = ("loss", "gradient norm", "update / weight")


def chosen(runs: Sequence[Run]) -> list[int]:
    """Updates worth a row: the first, the last, even ones between; first clips and skips, peaks, what broke."""
    updates = max(len(run) for run in runs)
    found = {round(i) for i in np.linspace(0, updates - 1, min(updates, ROWS))}
    for run in runs:
        numbers = run.history.numbers
        found |= {event.iteration for event in run.breakdown}
        found |= {int(np.argmax(numbers[name])) for name in ("clipped", "skipped")}
        found |= {_peak(numbers[name]) for name in ("loss", "gradient_norm")}
    return sorted(found)


def _peak(values: Floats) -> int:
    """The update with the largest finite value."""
    return int(np.argmax(np.where(np.isfinite(values), values, -np.inf)))


def worst(ratios: Floats) -> int:
    """The layer (from 0) whose update is farthest from healthy, in decades; not finite is the farthest, then 0."""
    with np.errstate(all="ignore"):
        far = np.abs(np.log10(ratios / HEALTHY))
    far[~np.isfinite(ratios)] = np.inf
    far[ratios == 0] = np.finfo(np.float64).max
    return int(np.argmax(far))


def single(run: Run) -> list[str]:
    """One run; columns that would be empty are left out."""
    history, numbers = run.history, run.history.numbers
    heads = {
        "update": "", "loss": "", "accuracy": "", "gradient": "norm", "clipped": "to", "update /": "weight",
        "worst": "layer", "": "",
    }  # fmt: skip
    rows = [[*heads], [*heads.values()]]
    for i in chosen([run]):
        ratios = history.update_ratio[i]
        layer = worst(ratios)
        clipped = short(float(numbers["clipped_norm"][i])) if numbers["clipped"][i] else ""
        accuracy = float(numbers["accuracy"][i])
        values = [short(float(numbers[name][i])) for name in ("loss", "gradient_norm")]
        rows.append([str(i), values[0], "" if np.isnan(accuracy) else percent(accuracy), values[1], clipped,
                     short(float(ratios[layer])), str(layer + 1), note(history, i)])  # fmt: skip
    columns = [column for column in zip(*rows, strict=True) if any(column[2:])]
    widths = [max(map(len, column)) for column in columns]
    last = len(columns) - 1 if any(note(history, i) for i in range(len(history))) else len(columns)
    return ["  ".join(cell.ljust(width) if c == last else cell.rjust(width)
                      for c, (cell, width) in enumerate(zip(cells, widths, strict=True))).rstrip()
            for cells in zip(*columns, strict=True)]  # fmt: skip


def both(baseline: Run, fixed: Run) -> list[str]:
    """Two runs side by side; one that has fewer updates leaves blanks."""
    runs = (baseline, fixed)
    lines = [" " * 6 + "".join(f"{name:>24}" for name in PAIRS),
             f"{'update':>6}" + f"{'as it is':>12}{'with fixes':>12}" * len(PAIRS)]  # fmt: skip
    for i in chosen(runs):
        cells = [_cell(run, i, name) for name in PAIRS for run in runs]
        lines.append((f"{i:>6}" + "".join(f"{text:>12}" for text in cells)).rstrip())
    if any(run.history.numbers["clipped"].any() for run in runs):
        lines.append("* clipped")
    return lines


def note(history: History, i: int) -> str:
    """What was out of order in an update, in a few words."""
    numbers = history.numbers
    words = {
        "skipped": "skipped", "bad_parameters": "parameters lost", "bad_clipped": "gradient not finite",
        "bad_gradients": "gradient not finite", "bad_activations": "pass not finite",
    }  # fmt: skip
    return next((word for name, word in words.items() if numbers[name][i] > 0), "")


def _cell(run: Run, i: int, name: str) -> str:
    if i >= len(run):
        return ""
    numbers = run.history.numbers
    if name == "loss":
        return short(float(numbers["loss"][i]))
    if name == "gradient norm":
        return ("*" if numbers["clipped"][i] else "") + short(float(numbers["gradient_norm"][i]))
    ratios = run.history.update_ratio[i]
    return short(float(ratios[worst(ratios)]))
