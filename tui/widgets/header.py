"""The first line: which scenario, and what its network is in short."""

from pathlib import Path
from typing import ClassVar

from ...sim.errors import printable
from ...sim.scenario.kind_keys import declared_words
from ...sim.scenario.network_table import network_table
from ...sim.scenario.scenario import EDITED, Scenario
from ..charts.plot.grid import Row
from ..terminal.glyphs import fit, glyphs
from .text_rows import TextRows

TRAINING = "training"  # the moment of the whole training run


class Header(TextRows):
    """Title on the left, the network in short on the right."""

    help: ClassVar[str] = "The scenario's title, and its network: depth x width, steps, activation, init, seed."

    def __init__(self, *, id: str | None = None):  # noqa: A002
        super().__init__(id=id)
        self._scenario: Scenario | None = None
        self._edited = False
        self._moment = ""
        self._other: Scenario | None = None

    def show(self, scenario: Scenario, edited: bool = False, moment: str = "", other: Scenario | None = None) -> None:
        """Say what is simulated, whether it is another than in its file, at which moment of training, beside what."""
        self._scenario, self._edited, self._moment, self._other = scenario, edited, moment, other
        self.redraw()

    def rows(self, width: int) -> list[Row]:
        """One line; a long title gives way to the network, and the network to a narrow screen."""
        if self._scenario is None:
            return [((" gradsim", "title"),)]
        metadata = training_summary(self._scenario) if self._moment == TRAINING else summary(self._scenario)
        mark = EDITED if self._edited and not self._scenario.title.endswith(EDITED) else ""
        mark += f" {glyphs().dash} {self._moment}" if self._moment else ""
        title = fit(printable(self._scenario.title), 60 - len(mark))
        if self._other is not None:
            metadata = [f"{metadata[0]} | {summary(self._other)[0]}"]
            room, own, other = width - 16 - len(metadata[0]) - len(mark), title, printable(self._other.title)
            title = fit(own, max(room // 2, room - len(other)))  # each has half, and what the other leaves
            mark += f" | {fit(other, room - len(title))}"
        while len(metadata) > 2 and width - len(_joined(metadata)) < len(title + mark) + 13:
            metadata.pop()
        right = _joined(metadata)
        title = fit(title, width - 13 - len(right + mark))
        left = f"  {title}{mark}".ljust(width - 9 - len(right))
        return [((" gradsim", "title"), (left, "strong"), (right, ""), (" ", ""))]


def summary(scenario: Scenario) -> list[str]:
    """The network in short, the most telling first: "20 x 64", "sigmoid", "normal(1.0)", ..."""
    network = scenario.network
    size = scenario.size_words.replace(" x ", f" {glyphs().times} ")
    if not scenario.network.by_key:
        return [printable(word) for word in (*_chain_words(scenario, size), *_rest(scenario))]
    drawn = str(network.init) if network.weights is None else Path(network.weights).name
    if scenario.reads_sequence:
        steps = [f"{scenario.steps} {scenario.step_word}s"] if scenario.time.steps or scenario.data.file is None else []
        usual = scenario.gates and network.activation == network_table(network.kind)().activation
        words = [f"{network.kind} {size}", *steps, *([] if usual else [str(network.activation)])]
        words += [drawn] if network.weights is not None or not scenario.has_state else []
        words += declared_words(network, "{:g}".format, labelled=False)
        words += [f"truncated at {scenario.time.truncate}"] if scenario.time.truncate else []
    else:
        words = [f"{network.kind} {size}" if scenario.reads_image else size, str(network.activation), drawn]
    at = " on output" if scenario.output_norm else ""
    words += [f"{network.norm} norm{at}"] if scenario.has_norm else []
    words += [f"{network.skip} skip"] if scenario.has_skip else []
    return [printable(word) for word in (*words, *_rest(scenario))]


def _chain_words(scenario: Scenario, size: str) -> list[str]:
    """A chain in short: how many layers, and of which kinds."""
    kinds = dict.fromkeys(entry.word for entry in scenario.network.entries)
    steps = (
        [f"{scenario.steps} {scenario.step_word}s"] if scenario.reads_sequence and scenario.data.file is None else []
    )
    drawn = [] if scenario.network.weights is None else [Path(scenario.network.weights).name]
    return [size, *steps, ", ".join(kinds), *drawn]


def _rest(scenario: Scenario) -> list[str]:
    data = scenario.data
    return [f"seed {scenario.seed}", str(data.file or scenario.task), f"batch {data.batch}", str(scenario.loss.name),
            scenario.precision.format]  # fmt: skip


def training_summary(scenario: Scenario) -> list[str]:
    """The training in short, the most telling first: "8 x 64 relu", "sgd(0.1)", "norm clip(1.0)", ..."""
    training = scenario.training
    words = [scenario.size_words.replace(" x ", f" {glyphs().times} "), str(training.optimizer)]
    words += [f"clip by {training.clip}"] if scenario.has_clip else []
    words += [f"warm-up {training.warmup}"] if training.warmup else []
    words += [str(training.schedule)] if scenario.has_schedule else []
    words += [f"weight decay {training.weight_decay:g}"] if training.weight_decay else []
    rest = [scenario.precision.format, str(scenario.data.file or scenario.task), f"batch {scenario.data.batch}",
            str(scenario.loss.name), f"seed {scenario.seed}"]  # fmt: skip
    return [printable(word) for word in (*words, *rest)]


def _joined(metadata: list[str]) -> str:
    return f" {glyphs().dot} ".join(metadata)
