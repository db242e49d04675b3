"""The pages that show code are run as they stand."""

import re
from pathlib import Path

import pytest

from gradsim.tui.cli.main import COMMANDS
from gradsim.tui.screens.single_pass.keys import KEYS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "python.md"
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


def test_the_reference_names_every_key_of_the_first_screen() -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert [shown for _, _, _, shown in KEYS if len(shown) == 1 and f"`{shown}`" not in text] == []


def test_the_first_page_shows_a_moving_picture_and_three_stills() -> None:
    shown = re.findall(r"!\[[^]]+\]\((docs/[\w-]+\.svg)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    moving = [name for name in shown if "<animate" in (ROOT / name).read_text(encoding="utf-8")]
    assert (len(moving), len(shown)) == (1, 4)
