"""The pages that show code are run as they stand."""

import importlib
import re
from pathlib import Path

import click
import pytest

from gradsim.sim import registry
from gradsim.tui.cli.main import COMMANDS
from gradsim.tui.screens.mapping import keys as mapping
from gradsim.tui.screens.single_pass import keys as single_pass
from gradsim.tui.screens.training import keys as training

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "python.md"
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
SHELL = re.compile(r"(<!-- ci: \w+ -->\n)?```sh\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.slow
def test_the_page_about_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = CODE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 5
    for block in blocks:
        exec(block, names)  # the page is ours
    tests = [made for name, made in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for made in tests:
        made()  # type: ignore[operator]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_run_by_ci_unless_they_open_the_interface(page: Path) -> None:
    for marked, block in SHELL.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            word = line.removeprefix("gradsim").split()[:1]
            assert marked or word == [] or word[0] not in COMMANDS, f"{line}: mark its block with <!-- ci: commands -->"


def test_every_command_is_shown_in_the_guide() -> None:
    shown = "".join(
        block for page in PAGES for marked, block in SHELL.findall(page.read_text(encoding="utf-8")) if marked
    )
    assert [name for name in COMMANDS if f"gradsim {name}" not in shown] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize(("heading", "keys"), [
    ("the first screen", single_pass.KEYS), ("the training screen", training.KEYS), ("the map", mapping.KEYS),
])  # fmt: skip
def test_the_reference_names_every_key_of_a_screen(heading: str, keys: tuple[tuple[str, str, str, str], ...]) -> None:
    section = REFERENCE.partition(f"## Keys of {heading}\n")[2].partition("\n## ")[0]
    ticked = " ".join(re.findall(r"`([^`]+)`", section)).split()
    named = {*ticked, "1-9"} if {"1", "9"} <= {*ticked} else {*ticked}
    lost = [shown for _, _, _, shown in keys if shown not in named and (len(shown) == 1 or shown not in section)]
    assert lost == []


@pytest.mark.parametrize("command", [*COMMANDS, "open"])
def test_the_reference_names_every_option(command: str) -> None:
    command_ = importlib.import_module(f"gradsim.tui.cli.commands.{command}").command
    options = {
        name for one in command_.params if isinstance(one, click.Option) for name in one.opts if name[:2] == "--"
    }
    assert sorted(option for option in options if not re.search(rf"{option}\b", REFERENCE)) == []


@pytest.mark.parametrize("menu", sorted({*registry.MENUS} - {"quantities", "update_quantities", "loss_scales"}))
def test_the_reference_names_every_choice_and_its_parameters(menu: str) -> None:
    entries = [registry.entry(menu, name) for name in registry.names(menu)]
    wanted = {word for one in entries for word in (one.name, *one.parameters)}
    assert sorted(wanted - {*re.findall(r"\w+", REFERENCE)}) == []


def test_the_first_page_shows_a_moving_picture_and_three_stills() -> None:
    shown = re.findall(r"!\[[^]]+\]\((docs/[\w-]+\.svg)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    moving = [name for name in shown if "<animate" in (ROOT / name).read_text(encoding="utf-8")]
    assert (len(moving), len(shown)) == (1, 4)
