"""Which picture each plot of the training screen shows: pure, from the session and what its runs have recorded."""

from dataclasses import replace

from ...charts.plot.training_picture import TrainingPicture, TrainingView, horizon
from ...charts.training_catalog import training_chart
from ...state.playback import Playback
from ...state.session import Session
from ...state.zoom import window
from ...workers.runs import Records
from ..common.plots import Shown

BELOW = ("gradient_norm", "gradient_rms", "loss")  # beside the chosen quantity, as far as there is room


def pictures(now: Session, records: Records, plots: int) -> list[Shown]:
    """The chosen quantity and below it the others, as many as there are plots."""
    if records.baseline is None:
        return []
    runs = (records.baseline, records.with_fixes)
    chosen = now.playback.quantity if training_chart(now.playback.quantity).of(*runs) else "loss"
    names = [chosen, *(name for name in BELOW if name != chosen)]
    return [_shown(now, records, name) for name in names[:plots]]


def _shown(now: Session, records: Records, name: str) -> Shown:
    assert records.baseline is not None
    playback = now.playback
    view = view_of(playback, name)
    length = horizon(max(records.made, playback.cursor + 1), now.iterations)
    part = window(length, playback.cursor + 1, now.zoom)
    picture = TrainingPicture(name, records.baseline, records.with_fixes, length, view, 0, now.front == "fixed",
                              now.label, part, now.flipped, now.shared, now.names[0])  # fmt: skip
    if not picture.over_layers:
        return Shown(picture, playback.cursor + 1)
    if view == "layer":
        picture = replace(picture, at=playback.cursor)
    return Shown(picture, now.layer_cursor if view == "layer" else (now.layer_cursor, playback.cursor + 1))


def view_of(playback: Playback, name: str = "") -> TrainingView:
    """How a quantity by layer is shown: as chosen, else as it says most."""
    chosen = not name or name == playback.quantity
    if chosen and playback.view is not None:
        return playback.view
    return training_chart(name or playback.quantity).view
