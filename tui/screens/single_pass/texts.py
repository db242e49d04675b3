"""What help and the verdicts in full say, in words."""

from collections.abc import Iterator

from ....sim.errors import printable
from ....sim.results.factors import through_time
from ....sim.results.trace import Trace
from ....sim.text import format_number
from ...charts.catalog import DEFAULT, chart, charts
from ...charts.plot.profile import along
from ...state.session import Session
from ...state.signal_walk import product_text
from ...widgets.fixes import FixPanel
from ...widgets.footer import LessonStrip
from ...widgets.form import Form
from ...widgets.histograms import Histograms
from ...widgets.inspector import Inspector
from ...widgets.strip import Strip
from ...widgets.time_cells import BOUNDS, memory
from ...widgets.verdict import VerdictPanel
from ...workers.passes import Runs
from .pictures import SPREAD

SCREEN = (
    "gradsim sends a real batch forward through a network and the gradient of its loss back. The chart shows how "
    "large the gradient is at each layer: the backward pass goes from right to left. It should stay level; if it "
    "falls it vanishes and early layers do not learn, if it rises it explodes. It is drawn relative to the last layer "
    "(or step; y shows its own size), and the shaded band is where the verdict calls it healthy. R tries 20 seeds: the "
    "denser shade goes from the lowest to the highest of them, its dots are their median. A net with fewer "
    "layers ends where the other does, at the loss. l switches between log and linear, z and Z zoom. 'As it is' is "
    "the scenario, 'with fixes' the same network from the same seed with the fixes that are on. v marks zeros on the "
    "chart, ^ inf, x NaN or 0/0, the factor of a layer that no gradient reaches."
)
TIME = (
    "A network that reads sequences has time steps as well. Its chart is by step, the newest on the right, for "
    "the cursor's layer; c changes to a chart by layer, at the cursor's step, and to a heatmap of both: a row is "
    "a layer (the first at the bottom), a column a step, and the denser the mark the larger the value, as the row "
    "below it says. A cell that stands for several layers or steps shows their mean (of the exponents). Each run "
    "has its own scale, named above it; B gives both the same. Left and right move along the chart, [ and ] move "
    "the other cursor, g goes to a number, a click picks both. The gradient at a step is the total derivative of "
    "the loss by the hidden state, along every path. Memory reaches as many steps back as 1% of the last step's "
    "gradient is left. The steps of a transformer are tokens, and the screen calls them so."
)


def verdict_section(name: str, trace: Trace | None) -> tuple[str, str]:
    """A verdict with its sentence, its ratio and the place where numbers stopped being finite."""
    if trace is None:
        return name, "no run yet"
    verdict, nonfinite = trace.verdict, trace.verdict.first_nonfinite
    lines = [f"{verdict.kind.upper()}: {verdict.why}"]
    over_time = verdict.axis == "time"
    first, last = ("step 1", f"step {trace.steps}") if over_time else ("layer 1", f"layer {trace.depth}")
    where = f" of layer {verdict.layer}" if over_time and trace.depth > 1 else ""
    lines.append(
        f"gradient at {first}{where} over that at {last}: {format_number(verdict.ratio)}, "
        f"which is {format_number(verdict.factor_per_layer, 3)} a {verdict.axis.rstrip('s').replace('time', 'step')}; "
        f"loss {format_number(trace.loss, 4)}"
    )
    if verdict.outlook is not None:
        lines.append(f"outlook: {verdict.outlook}")
    lines += [f"{'concern' if one.counted else 'note'}, {one.name}: {one.text}" for one in verdict.concerns
              if not one.in_verdict]  # fmt: skip
    if nonfinite is not None:
        moment = f", {trace.step_word} {nonfinite.step}" if trace.steps > 1 else ""
        what = f"{nonfinite.operation}, in {nonfinite.array}"
        lines.append(f"first inf or NaN: {nonfinite.phase}, layer {nonfinite.layer}{moment}, {what}")
    if through_time(trace):
        lines += [f"memory of layer {layer}: {memory(trace, layer)}" for layer in range(1, min(trace.depth, 6) + 1)]
    if "spectral_radius" in trace.weights:
        lines.append(BOUNDS)
    return name, printable("\n".join(lines))


def walk_text(now: Session, runs: Runs | None) -> str:
    """Where the walk is, and how large the signal is there, or what is left of the gradient; with the fixes, if any."""
    walk, trace = now.walk, (runs.with_fixes or runs.baseline) if runs else None
    if walk is None or trace is None:
        return walk.text if walk else ""
    at, others = (now.step_cursor, trace.steps) if walk.over == "layer" else (now.layer_cursor, trace.depth)
    sizes = along(chart(SPREAD if walk.forward else DEFAULT).values(trace), walk.over, min(at, others))
    position = walk.place - (walk.length - len(sizes))
    if position < 1:
        return walk.text
    size = (
        f", std {format_number(float(sizes[position - 1]))}" if walk.forward else f": {product_text(sizes, position)}"
    )
    return f"{walk.text}{size}"


def help_sections() -> Iterator[tuple[str, str]]:
    """What each part of the screen says, from the parts themselves."""
    yield "the screen", SCREEN
    yield "through time", TIME
    parts = (("the verdicts", VerdictPanel), ("the fixes", FixPanel), ("the strip", Strip),
             ("the cursor's layer", Inspector),
             ("histograms", Histograms), ("editing", Form), ("lessons", LessonStrip))  # fmt: skip
    yield from ((title, part.help) for title, part in parts)
    yield "quantities (v and V)", "\n".join(f"{chart.title}: {chart.about}" for chart in charts())
