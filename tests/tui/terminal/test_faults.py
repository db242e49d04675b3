"""Errors of gradsim itself: the interface says so and goes on, and one that can't loses nothing."""

import asyncio
import os
import pty
import re
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual import events, work
from textual.app import ComposeResult
from textual.command import CommandList
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import OptionList

from gradsim.sim.scenario.file import load_scenario
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.sim.training.run_file import load_run
from gradsim.tui import rescue
from gradsim.tui.app import GradsimApp
from gradsim.tui.screens.dialogs.gallery import Gallery
from gradsim.tui.state.changes import edit
from gradsim.tui.state.session import begin, train
from gradsim.tui.terminal import faults
from gradsim.tui.terminal.textual_private import Palette
from gradsim.tui.widgets.fixes import FixPanel
from gradsim.tui.widgets.footer import StatusLine
from gradsim.tui.widgets.header import Header
from gradsim.tui.workers.runs import Trainings
from pilot import settled, type_fast


def started() -> GradsimApp:
    return GradsimApp(begin(parse_scenario({"network": {"depth": 5, "width": 8, "activation": "sigmoid"}})))


def click_fast(app: GradsimApp, times: int, x: int, y: int) -> None:
    for _ in range(times):
        for kind in (events.MouseDown, events.MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))


def boom(*_: object) -> Any:
    raise LookupError("nothing of the kind")


async def still_works(app: GradsimApp, pilot: Pilot[int]) -> None:
    """Keys are heard, the scenario is simulated, the screen is painted."""
    await pilot.pause()
    assert app.screen is app.main
    assert app.main in app.screen_stack
    before = app.main.now.fixes
    await pilot.press("1")
    await settled(pilot)
    assert app.main.now.fixes != before
    assert app.main.runs is not None
    assert app.main.runs.with_fixes is not None


@pytest.mark.long
@pytest.mark.parametrize("keys", [("pagedown",), ("pageup",), ("escape", "escape"), ("down", "pagedown", "escape"),
                                  ("enter", "enter", "escape"), ("x", "pagedown", "pageup", "ctrl+p")])  # fmt: skip
async def test_keys_that_come_while_the_palette_opens(keys: tuple[str, ...]) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        type_fast(app, "ctrl+p", *keys)
        await settled(pilot)
        while app.screen is not app.main:
            await pilot.press("escape")
        await still_works(app, pilot)


@pytest.mark.slow
@pytest.mark.parametrize("turns", [0, 5, 20])
async def test_clicks_beside_a_palette_that_opens_leave_it_once(turns: int) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        type_fast(app, "ctrl+p")
        for _ in range(turns):
            await asyncio.sleep(0)
        click_fast(app, 3, 2, 20)
        await pilot.pause()
        if isinstance(app.screen, Palette):
            await pilot.press("escape")
        await still_works(app, pilot)


async def test_two_quick_choices_in_the_gallery_open_one() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("o")
        assert isinstance(app.screen, Gallery)
        listed = app.screen.query_one(OptionList)
        listed.action_select()
        listed.action_select()
        await settled(pilot)
        assert app.screen in (app.main, app.training)
        assert app.main in app.screen_stack


async def test_the_palette_s_pages_turn_once_it_is_laid_out() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await settled(pilot)
        listed = app.screen.query_one(OptionList)
        await pilot.press("pagedown")
        assert (listed.highlighted or 0) > 1


async def fill(palette: Palette) -> None:
    """What the gathering of commands does when it finds another."""
    palette._list_visible = not palette._list_visible


async def test_a_palette_that_is_left_while_it_gathers_commands_is_no_fault() -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await settled(pilot)
        palette = app.screen
        assert isinstance(palette, Palette)
        await palette.query("*").remove()
        for name in ("_list_visible", "_show_busy"):  # as its worker does when more is found
            palette.call_next(setattr, palette, name, not getattr(palette, name))
        palette.call_next(palette.query_one, CommandList)  # as its timers do
        palette.run_worker(fill(palette))
        await pilot.pause()
        await pilot.press("escape")


@pytest.mark.parametrize("key", ["o", "ctrl+p"])
async def test_a_click_on_what_a_list_no_longer_has(key: str) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        listed = app.screen.query_one(OptionList)
        seen = Style.from_meta({"option": listed.option_count - 1})  # of the last frame
        listed.clear_options()
        listed.post_message(events.Click(listed, 1, 1, 0, 0, 1, False, False, False, style=seen))
        await pilot.pause()
        await pilot.press("escape")
        await still_works(app, pilot)


class Broken(ModalScreen[None]):
    """A window that can't be made."""

    def compose(self) -> ComposeResult:
        yield StatusLine()
        boom()


class BrokenLater(ModalScreen[None]):
    """A window that fails once it is made."""

    def on_mount(self) -> None:
        boom()


class Workers(Widget):
    """Has a worker that fails."""

    @work
    async def go(self) -> None:
        boom()


def of_worker(app: GradsimApp) -> None:
    widget = Workers()
    app.main.mount(widget)
    widget.go()


def once(app: GradsimApp, kind: type, name: str) -> None:
    """A method of a class that fails the next time."""
    method = getattr(kind, name)

    def failing(*arguments: Any) -> Any:
        setattr(kind, name, method)
        return boom()

    setattr(kind, name, failing)
    app.main.query_one(kind).refresh(layout=True)


PLACES: dict[str, Callable[[GradsimApp], object]] = {
    "timer": lambda app: app.main.set_timer(0.001, boom),
    "call_later": lambda app: app.main.call_later(boom),
    "call_after_refresh": lambda app: app.main.call_after_refresh(boom),
    "call_next": lambda app: app.call_next(boom),
    "a widget's call_later": lambda app: app.main.query_one(Header).call_later(boom),
    "worker": of_worker,
    "compose of a window": lambda app: app.push_screen(Broken()),
    "mount of a window": lambda app: app.push_screen(BrokenLater()),
    "render": lambda app: once(app, Header, "render_line"),
    "layout": lambda app: once(app, StatusLine, "get_content_height"),
}


@pytest.mark.long
@pytest.mark.parametrize("where", PLACES)
async def test_an_error_is_told_and_the_session_goes_on(
    where: str, survived: list[BaseException], tmp_path: Path
) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        PLACES[where](app)
        end = time.monotonic() + 60
        while not survived:
            assert time.monotonic() < end, "no error"
            await pilot.pause(0.01)
        await pilot.pause(0.05)
        assert isinstance(survived[0], LookupError)
        assert "gradsim made a mistake" in app.main.status.text()
        (report,) = (tmp_path / "state" / "gradsim" / "errors").iterdir()
        assert "LookupError: nothing of the kind" in report.read_text()
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
        await still_works(app, pilot)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["action_seed", "watch_session", "on_fix_panel_toggled", "on_pass_runner_simulated"])
async def test_an_error_of_a_screen_s_own_method(
    name: str, survived: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        with monkeypatch.context() as patch:
            patch.setattr(app.main if name.startswith("action_") else type(app.main), name, boom)
            if name == "on_fix_panel_toggled":
                app.main.query_one(FixPanel).post_message(FixPanel.Toggled("relu"))
            else:
                await pilot.press("r")
            await settled(pilot)
        assert survived
        assert "gradsim made a mistake" in app.main.status.text()
        await still_works(app, pilot)


async def test_a_failing_key_may_be_held_down(survived: list[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    app = started()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(app.main, "action_seed", boom)
        type_fast(app, *["r"] * 100)
        await pilot.pause()
        assert len(survived) == 100
        await still_works(app, pilot)


async def test_a_widget_that_always_fails_ends_it_soon(
    survived: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = started()

    async def paint() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            monkeypatch.setattr(Header, "render_line", boom)
            app.main.query_one(Header).refresh()
            end = time.monotonic() + 60
            while app.broken is None:
                assert time.monotonic() < end
                await asyncio.sleep(0.01)

    with pytest.raises(LookupError):
        await paint()
    assert len(survived) == faults.MOST["painting"]


@pytest.mark.parametrize("fixes", [(), ("relu",)])
def test_a_rescued_run_opens_again(fixes: tuple[str, ...], tmp_path: Path) -> None:
    scenario = parse_scenario(
        {"title": "Mine / \x1b[31m", "network": {"depth": 2, "width": 4}, "loss": {"name": "cross_entropy"}}
    )
    session, trainings = train(begin(scenario)), Trainings()
    trainings.make(scenario, None, 3, lambda: False, lambda _: None, lambda _: None)
    session = type(session)(
        **{**vars(session), "fixes": fixes, "playback": type(session.playback)(completed=3, completed_by_both=3)}
    )
    message = rescue.rescue(session, trainings, tmp_path)
    (path,) = tmp_path.glob("*.npz")
    assert "3 updates" in message
    assert message.endswith(f"{path}{''.join(f' --fix {fix}' for fix in fixes)}")
    assert len(load_run(path)) == 3


def test_an_edited_scenario_is_rescued_and_nothing_else_is(tmp_path: Path) -> None:
    session = begin(parse_scenario({"title": "Mine"}))
    assert rescue.rescue(session, Trainings(), tmp_path / "none") == ""
    edited, _ = edit(session, {"network.depth": 7})
    assert "edited scenario" in rescue.rescue(edited, Trainings(), tmp_path)
    (path,) = tmp_path.glob("*.toml")
    assert load_scenario(path).network.depth == 7


def test_few_are_kept(tmp_path: Path) -> None:
    for second in range(9):
        (tmp_path / f"a-20260101-00000{second}.npz").write_bytes(b"")
    edited, _ = edit(begin(parse_scenario({})), {"network.depth": 7})
    rescue.rescue(edited, Trainings(), tmp_path)
    assert len(list(tmp_path.iterdir())) == rescue.KEPT
    assert not (tmp_path / "a-20260101-000000.npz").exists()


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    edited, _ = edit(begin(parse_scenario({})), {"network.depth": 7})
    assert "could not be saved" in rescue.rescue(edited, Trainings(), tmp_path / "file" / "below")


ALWAYS = """
import sys
from gradsim.sim.scenario.scenario import parse_scenario
from gradsim.tui.running import run_app
from gradsim.tui.widgets.update_table import UpdateTable
whole = UpdateTable.render_line
def fail(self, y):
    if self.screen.now.playback.completed >= 3:
        raise LookupError("nothing of the kind")
    return whole(self, y)
UpdateTable.render_line = fail
table = {"title": "Mine", "network": {"depth": 2, "width": 4}, "loss": {"name": "cross_entropy"},
         "training": {"iterations": 5}, "expect": {"trained": "stalled"}}
sys.exit(run_app(lambda: (parse_scenario(table), None)))
"""


@pytest.mark.slow
def test_what_can_not_go_on_restores_the_terminal_saves_the_run_and_says_where(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    env = os.environ | {"TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path), "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen([sys.executable, "-c", ALWAYS], stdin=slave, stdout=slave, stderr=slave, env=env,
                               start_new_session=True)  # fmt: skip
    os.close(slave)
    seen = b""
    try:
        end = time.monotonic() + 120
        while process.poll() is None:
            assert time.monotonic() < end, seen[-300:]
            if select.select([master], [], [], 0.05)[0]:
                seen += os.read(master, 65536)
        while select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536)
    except OSError:  # all is read
        pass
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert process.returncode == os.EX_SOFTWARE
    output = seen.rpartition(b"\x1b[?1049l")[2].decode()
    assert "Traceback" not in output
    assert "LookupError: nothing of the kind" in output
    saved = re.search(r"your run of (\d+) updates is saved; this opens it again: gradsim (\S+)", output)
    assert saved is not None
    assert len(load_run(Path(saved[2]))) == int(saved[1]) >= 3
