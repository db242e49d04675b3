"""What the keys of the training screen do to where one looks: update by update, chart by chart."""

from dataclasses import replace
from pathlib import Path

from ....sim.data.probe import is_probe
from ...charts.plot.training_picture import TrainingView
from ...charts.training_catalog import training_chart, training_charts
from ...state import playback as moves
from ...state import session as state
from ...state.playback import Playback
from ...state.recent_files import is_there, typed_path
from ...state.session import Session
from ...workers.runs import AFTER, Records, Trainings
from ..dialogs.ask import Ask
from .pictures import view_of
from .runner import Making

VIEWS = {"map": "layers over updates", "layer": "by layer, at the cursor's update"}


class Playing(Making):
    """Actions that change where the session looks in the training runs."""

    def __init__(self, session: Session, trainings: Trainings, warning: str = ""):
        super().__init__(session, trainings, warning)
        self.records = Records(None, None)

    def _update(self, updates: Playback, note: str = "") -> None:
        self.become(replace(self.now, updates=updates), note)

    def go(self, update: int, note: str = "") -> None:
        """The cursor to an update, which is made if it is not there yet."""
        now = self.now
        beyond = update >= now.iterations and now.updates.at == now.iterations - 1
        more = f"the run is complete after {now.iterations} updates; e edits training.iterations"
        self._update(moves.go(now.updates, update, now.iterations), more if beyond else note)

    def action_step(self, by: int) -> None:
        """Updates on, or back."""
        self.go(self.now.updates.at + by)

    def action_start(self) -> None:
        """To update 0."""
        self.go(0)

    def action_newest(self) -> None:
        """To the newest update."""
        self.go(self.now.updates.last)

    def action_play(self) -> None:
        """Play or pause."""
        now = self.now
        if is_probe(now.scenario):
            self.offer_task()
        elif now.updates.playing and now.updates.wanted > now.updates.least:
            self._update(moves.stop(now.updates))
        elif now.updates.least >= now.iterations:
            self.go(now.iterations)
        elif self._all_lost:
            self.status.say(note="every parameter is lost for good: what follows is NaN; x goes to the first")
        else:
            self._update(moves.play(now.updates, now.iterations))

    @property
    def _all_lost(self) -> bool:
        """Whether no run gets anywhere any more."""
        lost = [found.numbers["bad_parameters"] == 1 for found in (self.records.baseline, self.records.fixed) if found]
        return bool(lost) and all(len(each) >= AFTER and each[-AFTER:].all() for each in lost)

    def action_broken(self) -> None:
        """To the first number that was not finite, of the run that broke first."""
        found = [
            record for record in (self.records.baseline, self.records.fixed) if record and record.broken is not None
        ]
        if not found:
            self.status.say(note=f"no inf or NaN in {self.now.updates.made} updates so far")
            return
        first = min(found, key=lambda record: record.broken or 0)
        assert first.first_nonfinite is not None
        self.become(state.move(self.now, layer=first.first_nonfinite.layer))
        self.go(first.broken or 0)
        self._update(replace(self.now.updates, story=True))

    def action_jump(self) -> None:
        """Ask for an update."""
        last = self.now.iterations - 1

        def check(text: str) -> str:
            return "" if text.isdecimal() and int(text[:9]) <= last else f"give an update from 0 to {last}"

        def go(text: str | None) -> None:
            if text is not None:
                self.go(int(text))

        self.app.push_screen(Ask("go to update", f"0 to {last}; Enter goes there, Escape leaves", check), go)

    def action_cross(self, by: int) -> None:
        """The layer's cursor."""
        self.session = state.move(self.now, layer=self.now.cursor + by)

    def action_quantity(self, by: int) -> None:
        """Another quantity on the chart."""
        records = (self.records.baseline, self.records.fixed)
        names = [chart.name for chart in training_charts() if chart.of(*records)] or [self.now.updates.quantity]
        here = names.index(self.now.updates.quantity) if self.now.updates.quantity in names else -by
        self.show_quantity(names[(here + by) % len(names)])

    def show_quantity(self, name: str) -> None:
        """A quantity by name, and what it is."""
        self._update(replace(self.now.updates, quantity=name), training_chart(name).about)

    def action_view(self) -> None:
        """By layer at one update, or layers over updates."""
        updates = self.now.updates
        chart = training_chart(updates.quantity)
        if not chart.by_layer:
            self.status.say(note=f"the {chart.title} is of the whole network; v goes on to quantities by layer")
        else:
            view: TrainingView = "layer" if view_of(updates) == "map" else "map"
            self._update(replace(updates, view=view), f"the chart is {VIEWS[view]}")

    def action_front(self) -> None:
        """The other run on the heatmap."""
        now = self.now
        if not now.fixes:
            self.status.say(note="b shows the other run on the heatmap, while a fix is on")
        else:
            self.become(replace(now, front="baseline" if now.front == "fixed" else "fixed"))

    def action_look(self) -> None:
        """The pass of this update on the other screen."""
        if self.now.updates.made:
            self.become(state.look(self.now, self.now.updates.at))

    def action_training(self) -> None:
        """Back to the screen of the first pass."""
        self.become(state.untrain(self.now))

    def action_save_run(self) -> None:
        """Ask for a path to save the run to, once more if the file is there already."""
        asked: list[str] = []

        def check(text: str) -> str:
            path = run_path(text)
            if not text or path.suffix != ".npz":
                return "give a path that ends in .npz, such as my-run.npz"
            if is_there(path) and text not in asked:
                asked.append(text)
                return f"{path.name} is there already; Enter again replaces it"
            return ""

        if not self.now.updates.made:
            self.status.say(note="there is no update yet that could be saved")
            return
        self._update(moves.pause(self.now.updates))
        suggestion = f"{self.default_path().stem}.npz"
        about = "an .npz file with every update; Enter saves, Escape leaves; gradsim FILE opens it again"
        self.app.push_screen(Ask("save the run, as it is, as", about, check, suggestion), self._save_run)

    def _save_run(self, text: str | None) -> None:
        if text:
            self.status.say(progress="saving the run")
            self.write(self.now, run_path(text))

    def on_making_saved(self, event: Making.Saved) -> None:
        """The run is in its file, or not."""
        note = f"saved as {event.path}, {self.now.updates.made} updates" if not event.problem else ""
        self.status.say(progress="", note=note, error=event.problem)


def run_path(text: str) -> Path:
    """The path that a text says, ending in .npz if the text has no ending."""
    path = typed_path(text)
    return path if path.suffix or not path.name else Path(f"{path}.npz")
