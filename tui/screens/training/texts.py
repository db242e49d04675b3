"""What help and the verdicts in full say of training, in words."""

from collections.abc import Iterator

from ....sim.errors import printable
from ....sim.training.run_snapshot import RunSnapshot
from ...charts.training_catalog import training_chart, training_charts
from ...state.session import Session
from ...widgets.failure_panel import FailurePanel
from ...widgets.fixes import FixPanel, FixRow
from ...widgets.footer import LessonStrip
from ...widgets.form import Form
from ...widgets.update_table import UpdateTable
from ...workers.cures import Cures
from ...workers.runs import Records
from .remedies import offers

SCREEN = (
    "gradsim trains the network, update by update, from its seed: as it is and, if a fix is on, with fixes on the "
    "same batches. The chart goes over the updates, from 0; space plays and pauses, left and right go update by "
    "update, and every update can be gone back to. v changes the quantity. A quantity by layer is a heatmap, a row a "
    "layer, or by layer at the cursor's update (c). A dashed line is the loss of the best constant output, or the "
    "threshold of clipping; l switches between log and linear, z and Z zoom. v marks zeros, ^ inf, x NaN, and X the "
    "first of them. p shows the pass of the cursor's update on the other screen: there , and . go to the update "
    "before and after, t comes back."
)
VERDICTS = (
    "learning: the loss fell below the constant-prediction baseline, that of the best constant output. stalled: it did "
    "not, and does not fall any more. diverging: it grew. nonfinite: the loss or a weight became inf or NaN. "
    "undecided: there are too few updates to tell, or it still falls. Two looks in a row change the word, so that "
    "noise does not."
)


TOLD = 9  # of what was tried


def run_section(name: str, record: RunSnapshot | None, fixes: tuple[FixRow, ...],
                cures: Cures | None = None) -> tuple[str, str]:  # fmt: skip
    """A verdict with its sentence, what broke, a threshold for clipping, and what was tried or the fixes that apply."""
    if record is None:
        return name, "no update yet"
    lines = [f"{record.verdict.kind.upper()}: {record.verdict.why}"]
    lines += [f"update {event.iteration}: {event.text}" for event in record.failure_events]
    if record.clips:
        count, updates = int(record.fired[-1]), len(record)
        lines.append(f"clipping by {record.scenario.training.clip.name} acted in {count} of {updates} updates")
    if record.advice is not None:
        lines.append(f"gradient norms: {record.advice.text}")
    if cures is not None and cures.ranked:
        lines += [f"tried: {one.text}" for one in cures.ranked[:TOLD]]
    else:
        lines += [f"worth a try: {fix.label}: {fix.cures}" for fix in offers(fixes, record.symptoms) if not fix.on]
    return name, printable("\n".join(lines))


def why_sections(now: Session, records: Records, fixes: tuple[FixRow, ...],
                 cures: Cures | None) -> list[tuple[str, str]]:  # fmt: skip
    """The section of each run; what was tried, if anything was, is of the run as it is."""
    sections = [run_section(now.names[0], records.baseline, fixes, cures)]
    return [*sections, run_section(now.names[1], records.with_fixes, fixes)] if now.two else sections


def hint_text(now: Session, records: Records, about: str) -> str:
    """What the chart can't show; else how far the runs are, what the chart's values suggest, or `about`.

    `about` is the chosen fix.
    """
    playback, baseline = now.playback, records.baseline
    chart = training_chart(playback.quantity)
    if baseline and not chart.of(baseline, records.with_fixes):
        return f"no {chart.title} in this run; the chart is of the loss"
    if playback.playing:
        return f"playing: {playback.completed_by_both} of {now.iterations} updates made; space pauses"
    if now.step is not None:
        return ""
    return (chart.hint(baseline) if baseline else "") or about


def help_sections() -> Iterator[tuple[str, str]]:
    """What each part of the screen says, from the parts themselves."""
    yield "the screen", SCREEN
    yield "the verdicts", VERDICTS
    parts = (("the fixes", FixPanel), ("the cursor's update", UpdateTable), ("what broke", FailurePanel),
             ("editing", Form), ("lessons", LessonStrip))  # fmt: skip
    yield from ((title, part.help) for title, part in parts)
    yield "quantities (v and V)", "\n".join(f"{chart.title}: {chart.about}" for chart in training_charts())
