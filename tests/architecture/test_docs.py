"""The pages that show code are run as they stand."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


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
