"""What keys do lies in parts of a screen, which work without a terminal."""

import ast
from pathlib import Path

import pytest
from textual.screen import ModalScreen, Screen

from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.common.files import Files
from gradsim.tui.screens.common.scene import SessionScreen
from gradsim.tui.screens.common.steering import Steering
from gradsim.tui.screens.dialogs.help import Help, HelpText
from gradsim.tui.screens.mapping import keys as map_keys
from gradsim.tui.screens.single_pass import keys
from gradsim.tui.screens.single_pass.navigation import Navigation
from gradsim.tui.screens.single_pass.questions import Questions
from gradsim.tui.screens.single_pass.screen import PassScreen
from gradsim.tui.screens.training import keys as training_keys
from gradsim.tui.screens.training.screen import TrainingScreen
from gradsim.tui.state.session import Session, begin
from gradsim.tui.widgets.text_rows import plain
from gradsim.tui.workers.runs import Trainings

SCENARIO = {"network": {"depth": 12, "width": 8, "activation": "sigmoid"}}


class Plain:
    """A host without a screen."""

    def __init__(self) -> None:
        self.now: Session = begin(parse_scenario(SCENARIO))
        self.said: list[str] = []
        self.asked: list[ModalScreen[object]] = []

    def become(self, session: Session, note: str = "") -> None:
        self.now = session
        self.said.append(note)

    def follow(self, session: Session) -> None:
        self.now = session

    def say(self, **texts: str) -> None:
        self.said += texts.values()

    def ask(self, window, then) -> None:
        self.asked.append(window)


class Ticks:
    """A timer that a test drives."""

    def __init__(self) -> None:
        self.going = False

    def every(self, _seconds, _call) -> "Ticks":
        self.going = True
        return self

    def stop(self) -> None:
        self.going = False


def test_screens_are_two_levels_deep() -> None:
    assert SessionScreen.__bases__ == (Screen,)
    assert PassScreen.__bases__ == TrainingScreen.__bases__ == (SessionScreen,)


@pytest.mark.parametrize(("kind", "table"), [(PassScreen, keys.KEYS), (TrainingScreen, training_keys.all_keys())])
def test_every_key_has_its_action(kind: type[SessionScreen], table: tuple[tuple[str, str, str, str], ...]) -> None:
    screen = kind(begin(parse_scenario(SCENARIO)), Trainings())
    for _, action, *_ in table:
        name = action.split("(")[0]
        owner = GradsimApp if name.startswith("app.") else screen
        assert callable(getattr(owner, f"action_{name.removeprefix('app.')}", None)), name


@pytest.mark.parametrize("kind", [PassScreen, TrainingScreen])
def test_no_two_parts_offer_the_same(kind: type[SessionScreen]) -> None:
    screen = kind(begin(parse_scenario(SCENARIO)), Trainings())
    parts = [part for part in vars(screen).values() if hasattr(part, "ACTIONS")]
    names = [name for part in parts for name in part.ACTIONS]
    assert len(parts) > 2
    assert len(names) == len(set(names))
    assert not [name for name in names if f"action_{name}" in vars(kind) or f"action_{name}" in vars(SessionScreen)]


def test_a_walk_plays_to_its_end_and_stops_the_clock() -> None:
    host, ticks = Plain(), Ticks()
    moves = Navigation(host, ticks.every)  # type: ignore[arg-type]
    moves.walk()
    assert ticks.going
    seen = set()
    while ticks.going:
        moves.tick()
        seen.add(host.now.layer_cursor)
    assert seen == set(range(1, 13))


def test_the_cursor_keeps_within_the_network() -> None:
    host = Plain()
    moves = Navigation(host, Ticks().every)  # type: ignore[arg-type]
    moves.last()
    moves.move(5)
    assert host.now.layer_cursor == 12
    moves.first()
    moves.leap(-1)
    assert host.now.layer_cursor == 1


def test_steering_and_questions_go_through_the_session() -> None:
    host = Plain()
    steering = Steering(host)  # type: ignore[arg-type]
    steering.toggle("relu")
    assert host.now.fixes == ("relu",)
    steering.adopt()
    assert host.now.scenario.network.activation.name == "relu"
    steering.edit({"network.depth": 0})
    assert "network.depth" in host.said[-1]
    questions = Questions(host, lambda: None, lambda layer, step: None)  # type: ignore[arg-type]
    before = host.now.quantity
    questions.quantity(1)
    assert host.now.quantity != before
    questions.help()
    Files(host).save()  # type: ignore[arg-type]
    assert len(host.asked) == 2


def test_parts_keep_no_screen() -> None:
    """But for the two that need its workers."""
    folder = Path(__file__).parents[3] / "tui" / "screens"
    if not folder.is_dir():
        pytest.skip("the sources are not here")
    for path in folder.glob("*/*.py"):
        if path.stem in ("screen", "scene", "runner") or path.parent.name == "dialogs":
            continue
        bases = [base.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)
                 for base in node.bases if isinstance(base, ast.Name)]  # fmt: skip
        assert not {"Screen", "SessionScreen"} & set(bases), path


def test_every_help_has_the_keys_of_all_screens() -> None:
    for groups in (keys.help_groups(), training_keys.help_groups(), (map_keys.help_group(),)):
        rows = HelpText(Help("help", groups, ())._keys, [("what it is", "a screen")]).rows(78)
        text = "\n".join(plain(row) for row in rows)
        assert all(key in text for key in ("Ctrl+L", "Ctrl+Z", "Ctrl+Q"))
    assert not Help("why", (), ())._keys
