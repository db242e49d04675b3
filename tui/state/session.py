"""What the interface knows, as frozen data with pure functions; widgets only draw it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ...sim.scenario.scenario import Scenario, without_stale_words
from ...sim.scenario.schema import STEP
from ...sim.scenario.tables import LessonStep
from ..charts.catalog import DEFAULT, chart
from .fix_labels import fixes_label
from .playback import Playback, pause, play
from .run_names import RunNames, run_names
from .signal_walk import Walk

View = Literal["step", "layer", "map"]
"""What the chart shows: a quantity by time step, by layer, or by both."""
PassAxis = Literal["layer", "step"]
SceneName = Literal["pass", "training"]
"""The two screens: one pass of the network, and its training."""


@dataclass(frozen=True)
class Session:
    """The scenario, the fixes that are on (`with_fixes`: with them), where one looks, how far lesson and walk are.

    `layer_cursor` and `step_cursor` are where one looks, of `steps` as far as they are known; `step`
    is the lesson's. Of the heatmap, `front` is the run that is shown where there is room for one. `origin` is the
    scenario as its file has it; `dropped` what changes of kind have taken from the scenario, and may bring back.
    `playback` is where one looks in the training runs; while `inspecting`, the screen of the pass shows the pass of the
    update under their cursor instead of the first one. The charts are zoomed in `zoom` times, `flipped` from log to
    linear or back, gradients `absolute` or relative to the last, and heatmaps may have one `shared` scale.
    The second line on the screen is `with_fixes`: of this scenario, or of the `other` one that it is compared with.
    """

    scenario: Scenario
    path: Path | None = None
    fixes: tuple[str, ...] = ()
    layer_cursor: int = 1
    quantity: str = DEFAULT
    lesson: tuple[LessonStep, ...] = ()
    step: int | None = None
    walk: Walk | None = None
    with_fixes: Scenario | None = None
    origin: Scenario | None = None
    step_cursor: int = 1
    steps: int = 1
    view: View | None = None
    front: Literal["baseline", "fixed"] = "fixed"
    dropped: Mapping[str, Any] = field(default_factory=dict)
    scene: SceneName = "pass"
    playback: Playback = field(default_factory=Playback)
    inspecting: bool = False
    zoom: int = 0
    flipped: bool = False
    absolute: bool = False
    shared: bool = False
    other: Scenario | None = None
    other_path: Path | None = None

    @property
    def base(self) -> Scenario:
        """The scenario that fixes are applied to."""
        return self.other or self.scenario

    @property
    def two(self) -> bool:
        """Whether there is a second line."""
        return self.with_fixes is not None

    @property
    def has_state(self) -> bool:
        """Whether either network hands a state from step to step."""
        return self.scenario.has_state or bool(self.with_fixes and self.with_fixes.has_state)

    @property
    def step_word(self) -> str:
        """What one step is called, if both networks agree."""
        words = {one.step_word for one in (self.scenario, self.with_fixes) if one is not None and one.reads_sequence}
        return str(*words) if len(words) == 1 else STEP

    def word(self, axis: PassAxis) -> str:
        """What a place of an axis is called."""
        return axis if axis == "layer" else self.step_word

    @property
    def names(self) -> RunNames:
        """What the two lines are called."""
        other = (self.other, self.other_path) if self.other is not None else None
        return run_names((self.scenario, self.path), other, bool(self.fixes))

    @property
    def label(self) -> str:
        """What the second line is called at its end."""
        return fixes_label(self.fixes) if self.other is None else self.names[1]

    @property
    def inspected_update(self) -> int | None:
        """The update whose pass is looked at; None of the first pass of the scenario."""
        return self.playback.cursor if self.inspecting else None

    @property
    def iterations(self) -> int:
        """The updates of a complete run; the longer of the two decides."""
        own = self.scenario.training.iterations
        return max(own, self.with_fixes.training.iterations) if self.with_fixes else own

    @property
    def views(self) -> tuple[View, ...]:
        """The charts that make sense: over steps and over layers where there are several of them."""
        if self.steps == 1 or chart(self.quantity).by_layer:
            return ("layer",)
        if self.depth == 1:
            return ("step",)
        both = (self.scenario, self.with_fixes)
        if any(
            one is not None and len(one.network.entries) > 1 for one in both
        ):  # whose layers differ, and some have but the last step
            return ("layer", "step", "map")
        return ("step", "layer", "map") if self.has_state else ("layer", "map", "step")

    @property
    def shown(self) -> View:
        """The chart that is on the screen."""
        return self.view if self.view in self.views else self.views[0]

    @property
    def across(self) -> PassAxis:
        """What goes from left to right on the chart, and follows the left and right keys."""
        return "layer" if self.shown == "layer" else "step"

    @property
    def depth(self) -> int:
        """The number of layers that the cursor can visit: the deeper of the two networks decides."""
        depth = self.scenario.depth
        return max(depth, self.with_fixes.depth) if self.with_fixes else depth

    @property
    def edited(self) -> bool:
        """Whether the scenario is another than its file's."""
        return self.origin is not None and self.scenario != self.origin

    @property
    def summary(self) -> str:
        """What the scenario says of itself, as far as it is true."""
        return without_stale_words(self.scenario, self.origin).summary


def begin(scenario: Scenario, path: Path | None = None) -> Session:
    """A session on a scenario, the cursors in the middle of its layers and steps."""
    middle, steps = (scenario.depth + 1) // 2, length(scenario) or 1
    session = Session(scenario, path, layer_cursor=middle, lesson=scenario.lesson,
                      step_cursor=steps if len(scenario.network.entries) > 1 else (steps + 1) // 2,
                      steps=steps, origin=scenario)  # fmt: skip
    return train(session) if about_training(scenario) and not scenario.loss.is_probe else session


def about_training(scenario: Scenario) -> bool:
    """Whether a scenario is there for its training: its lesson begins there, or else that is all it promises."""
    if scenario.lesson:
        return scenario.lesson[0].update is not None
    return scenario.expect.trained is not None and scenario.expect.verdict is None


def length(scenario: Scenario) -> int | None:
    """The number of time steps; None if only a user's file knows it."""
    if not scenario.reads_sequence:
        return 1
    return scenario.time.steps if scenario.data.file else scenario.steps


def same_runs(one: Session, other: Session) -> bool:
    """Whether two sessions ask for the same passes."""
    return same_training(one, other) and one.inspected_update == other.inspected_update


def same_training(one: Session, other: Session) -> bool:
    """Whether two sessions ask for the same training runs."""
    return (one.scenario, one.other, one.fixes) == (other.scenario, other.other, other.fixes)


def train(session: Session) -> Session:
    """On the screen of the training, which begins to play the first time."""
    playback = session.playback if session.playback.completed else play(session.playback, session.iterations)
    return replace(session, scene="training", inspecting=False, walk=None, playback=playback)


def reopen(scenario: Scenario, made: int) -> Session:
    """On the training screen at the newest of the updates that a run has."""
    playback = Playback(cursor=made - 1, completed=made, completed_by_both=made, target=made)
    return replace(begin(scenario), scene="training", playback=playback)


def untrain(session: Session) -> Session:
    """Back on the screen of the first pass."""
    return replace(session, scene="pass", inspecting=False, playback=pause(session.playback))


def look(session: Session, update: int) -> Session:
    """On the screen of the pass, at that of an update which has been made, or the nearest."""
    playback = pause(session.playback)
    return replace(
        session, scene="pass", inspecting=True, playback=replace(playback, cursor=min(max(update, 0), playback.last))
    )


def move(session: Session, layer: int | None = None, step: int | None = None) -> Session:
    """The cursors on a layer and a time step, or on the nearest that there are; None leaves one where it is."""
    layer = session.layer_cursor if layer is None else layer
    return clamp(replace(session, layer_cursor=layer, step_cursor=session.step_cursor if step is None else step))


def measured(session: Session, steps: int) -> Session:
    """The session once a run has told how many steps there are; a sequence that was not known is met in its middle."""
    if steps == session.steps:
        return session
    return clamp(
        replace(session, steps=steps, step_cursor=(steps + 1) // 2 if session.steps == 1 else session.step_cursor)
    )


def clamp(session: Session) -> Session:
    """The cursors on the nearest layer and step that there are."""
    layer, step = min(max(session.layer_cursor, 1), session.depth), min(max(session.step_cursor, 1), session.steps)
    return replace(session, layer_cursor=layer, step_cursor=step)
