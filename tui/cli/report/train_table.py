"""A training run as people read it: updates as a table or curves, then what became of it and what to try."""

import textwrap
from collections.abc import Iterator, Sequence

import numpy as np

from ....sim.errors import printable
from ....sim.scenario.fix_menu import in_words
from ....sim.scenario.scenario import Scenario
from ....sim.text import format_number, percent
from ....sim.training.clip_threshold import suggested_threshold
from ....sim.training.events import silent_zeros
from ....sim.training.run import Run
from ....sim.training.tried import Tried
from ...charts.plot.ansi import to_text
from ...charts.plot.training_picture import TrainingPicture
from ...terminal.glyphs import has_braille
from ..process.output import colourful
from .advice import advice_lines
from .page import chart_size, columns
from .table import scenario_lines
from .train_rows import both, single

CURVES = ("loss", "gradient_norm")
ENOUGH = 10  # norms from which a threshold can be told
TRIED = 5  # fixes that are listed of those that were tried
BESIDE = 2  # and where curves are to have room


def to_table(runs: Sequence[Run], names: Sequence[str], tried: Sequence[Tried] = (), whole: bool = True) -> str:
    """What was trained, a selection of updates, and the end of it; two runs side by side."""
    rows = single(runs[0]) if len(runs) == 1 else both(*runs)
    left = [] if whole or not tried else _wrapped("time was over before all was tried: gradsim advise tries for longer")
    return "\n".join([*_scenario(runs[0], columns()), "", *rows, "", *_end(runs, names, tried), *left]) + "\n"


def to_plot(runs: Sequence[Run], names: Sequence[str], tried: Sequence[Tried] = ()) -> str:
    """Verdicts, what to try next, and curves of loss and gradient norm, at the terminal's size (80x24 without one)."""
    width, below = chart_size()
    heading = [*_verdicts(runs, names, width), *_advice(runs[-1], tried, width, BESIDE), *_scenario(runs[0], width), ""]
    height = max(5, min((below - len(heading) - 1) // len(CURVES), 25))
    first, second = runs[0].snapshot(), runs[1].snapshot() if len(runs) > 1 else None
    updates = max(len(run) for run in runs)
    pictures = [
        TrainingPicture(name, first, second, updates).draw(width, height, braille=has_braille()) for name in CURVES
    ]
    return "\n".join([*heading, *(to_text(picture, colourful()) for picture in pictures)]) + "\n"


def _scenario(run: Run, width: int) -> list[str]:
    more = [f"batch {run.scenario.data.batch}", *_training(run.scenario)]
    return scenario_lines(run.scenario, len(run.trainer.network.input), width, more)


def _training(scenario: Scenario) -> Iterator[str]:
    """How it learns, in words."""
    training, precision = scenario.training, scenario.precision
    yield str(training.optimizer)
    if scenario.has_schedule:
        yield f"{training.schedule} schedule"
    if training.warmup:
        yield f"warmup {training.warmup}"
    if training.weight_decay:
        yield f"weight decay {format_number(training.weight_decay)}"
    if scenario.has_clip:
        yield f"clip by {training.clip}"
    if scenario.adjusts_loss_scale or precision.loss_scale.parameters["value"] != 1:
        yield f"loss scale {precision.loss_scale}"
    if precision.master_weights:
        yield "master weights"


def _verdicts(runs: Sequence[Run], names: Sequence[str], width: int) -> list[str]:
    return [line for run, name in _named(runs, names)
            for line in _wrapped(f"{name}{run.verdict.kind.upper()}: {run.verdict.why}", width)]  # fmt: skip


def _end(runs: Sequence[Run], names: Sequence[str], tried: Sequence[Tried]) -> Iterator[str]:
    """Of each run the verdict, what broke it and how often clipping fired; then what to try next."""
    for run, name in _named(runs, names):
        yield from _wrapped(f"{name}{run.verdict.kind.upper()}: {run.verdict.why}")
        for event in run.failure_events:
            yield from _wrapped(f"  update {event.iteration}: {event.text}", columns(), "    ")
        yield from _clipping(run)
    yield from _advice(runs[-1], tried, columns(), TRIED)


def _advice(run: Run, tried: Sequence[Tried], width: int, most: int) -> Iterator[str]:
    """What was tried against what is wrong with a run, the best first; nothing if nothing is wrong."""
    if updates := max((one.trial.updates for one in tried if one.trial), default=0):
        since = max(one.since for one in tried)
        how = f"from update {since} on, the last healthy one," if since else "from the start"
        head = f"what would have helped, tried {how} with up to {updates} updates each, the best first:"
        yield from _wrapped(head, width)
        yield from advice_lines(run.scenario, tried, width, most)
    elif run.symptoms:
        yield from _wrapped("nothing was tried against it yet: gradsim advise tries the fixes", width)


def _named(runs: Sequence[Run], names: Sequence[str]) -> Iterator[tuple[Run, str]]:
    """Each run with the words before its verdict."""
    yield from zip(runs, [""] if len(runs) == 1 else ["as it is - ", f"with {in_words(names)} - "], strict=True)


def _clipping(run: Run) -> Iterator[str]:
    name, updates = run.scenario.training.clip.name, len(run)
    if run.scenario.has_clip:
        fired = int(run.history.numbers["clipped"].sum())
        text = f"clipping by {name} fired in {fired} of {updates} updates ({percent(fired / updates)})"
        lost = silent_zeros(run.history)
        yield from _wrapped(text + (f"; {lost} of them became nothing, as the norm overflowed" if lost else ""))
    if np.isfinite(run.history.numbers["gradient_norm"]).sum() >= ENOUGH:
        yield from _wrapped(f"gradient norm: {suggested_threshold(run.scenario, run.history).text}")


def _wrapped(text: str, width: int = 0, indent: str = "  ") -> list[str]:
    return textwrap.wrap(printable(text), width or columns(), subsequent_indent=indent)
