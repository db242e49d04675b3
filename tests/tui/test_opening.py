"""The staged start: a light first screen, then the others; errors after the terminal is restored."""

import os
import threading
from pathlib import Path

import pytest
from textual.widgets import Static

from gradsim.sim.errors import UserError
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.app import INTERRUPTED, GradsimApp
from gradsim.tui.screens.dialogs.opening import Opening
from gradsim.tui.state.session import Session, begin
from pilot import until
from terminal import ENTER, LEAVE
from terminal import Session as Terminal


class Slow:
    """A start that goes on when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self) -> tuple[Session, str]:
        assert self.go.wait(60)
        return begin(parse_scenario({"title": "Short", "network": {"depth": 4, "width": 8}})), ""


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (20, 5)])
async def test_the_opening_gives_way_to_the_screens(size: tuple[int, int]) -> None:
    slow = Slow()
    app = GradsimApp(start=slow, name="Short")
    async with app.run_test(size=size) as pilot:
        assert isinstance(app.screen, Opening)
        assert "gradsim  Short" in str(app.screen.query_one("#header", Static).render())
        await pilot.press("1", "e", "ctrl+p", "question_mark", "enter", "right", "escape")  # nothing to do it with
        assert isinstance(app.screen, Opening)
        slow.go.set()
        await until(lambda: hasattr(app, "main") and app.screen is app.main and app.main.runs is not None)
        assert app.main.now.scenario.title == "Short"


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", INTERRUPTED)])
async def test_the_opening_can_be_left(key: str, status: int) -> None:
    slow = Slow()
    app = GradsimApp(start=slow)
    async with app.run_test() as pilot:
        await pilot.press(key)
    assert app.return_value == status
    slow.go.set()


@pytest.mark.slow
async def test_the_lines_of_the_opening_are_where_those_of_the_screens_will_be() -> None:
    for size in ((80, 24), (120, 40), (200, 50)):
        slow = Slow()
        app = GradsimApp(start=slow, name="Short")
        async with app.run_test(size=size) as pilot:
            before = {name: app.screen.query_one(f"#{name}").region for name in ("header", "status", "keys")}
            slow.go.set()
            await until(lambda: hasattr(app, "main") and app.main.runs is not None)  # noqa: B023
            await pilot.pause()
            after = {name: app.screen.query_one(f"#{name}").region for name in before}
            assert before["header"].y == after["header"].y == 0
            assert before["keys"] == after["keys"]
            assert before["status"].y == after["status"].y


async def test_what_start_raises_ends_the_interface() -> None:
    def refuse() -> tuple[Session, str]:
        raise UserError(["no such thing"])

    app = GradsimApp(start=refuse)
    async with app.run_test():
        await until(lambda: app.failure is not None)
    assert str(app.failure) == "no such thing"
    assert app.return_value == 2


BAD = """
import sys
from gradsim.tui.cli.main import main
main([%r, "--set", "network.depth=0"])
"""


def test_a_bad_scenario_is_told_on_the_restored_terminal(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('[network]\nactivation = "rellu"\n')
    terminal = Terminal.of(BAD % str(path), tmp_path)
    try:
        assert terminal.status() == 2
        assert ENTER in terminal.seen
        after = terminal.seen.rpartition(LEAVE)[2].decode()
        assert after.count("gradsim: ") == 2
        assert "did you mean relu?" in after
        assert "--set: network.depth: 0 is not allowed" in after
        assert "Traceback" not in after
    finally:
        terminal.end()


def test_keys_typed_while_it_opens_do_no_harm(tmp_path: Path) -> None:
    terminal = Terminal(10, 16, tmp_path)
    try:
        terminal.read_until(ENTER)
        os.write(terminal.master, b"1e?\r\x1b[C\x1b")
        terminal.read_until(b"HEALTHY")
        os.write(terminal.master, b"\x11")
        assert terminal.status() == 0
    finally:
        terminal.end()
